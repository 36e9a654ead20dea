package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Shelf is the folder where the descriptions of Graph are kept that find_graph_api looks into.
type Shelf struct {
	Folder  string // "": there is none
	Offline bool   // nothing is fetched
	// Fetched says when what is there was fetched; zero: there is nothing.
	Fetched func() time.Time
}

// stale is how old a description may be that is renewed every week.
const stale = 60 * 24 * time.Hour

// find looks whether the folder can be used, and how old its content is.
func (s Shelf) find(_ context.Context, now time.Time) Finding {
	if s.Folder == "" {
		return Finding{State: Warning, Text: "there is no folder to keep Graph's description in: it is fetched anew at each start", Do: `write  [schema] folder = "PATH"  into the configuration`}
	}
	fetched := s.Fetched()
	age := now.Sub(fetched)
	if s.Offline {
		if fetched.IsZero() {
			return Finding{State: Warning, Text: "offline = true, and there is no description of Graph in " + s.Folder, Do: "start once without offline, or put the files there that another machine has"}
		}
		return Finding{State: OK, Text: fmt.Sprintf("Graph's description, %s old, in %s; nothing is fetched", days(age), s.Folder)}
	}
	if err := writable(s.Folder); err != nil {
		return Finding{State: Warning, Text: fmt.Sprintf("%s cannot be written (%v): Graph's description is fetched anew at each start", s.Folder, err), Do: `let this user write the folder, or name another by  [schema] folder = "PATH"`}
	}
	switch {
	case fetched.IsZero():
		return Finding{State: OK, Text: "Graph's description is fetched when it is first needed, and kept in " + s.Folder}
	case age > stale:
		return Finding{State: Warning, Text: fmt.Sprintf("Graph's description in %s is %s old, and is renewed every week where that works", s.Folder, days(age)), Do: "see in the log of a server what keeps it from fetching $metadata"}
	}
	return Finding{State: OK, Text: fmt.Sprintf("Graph's description, %s old, in %s", days(age), s.Folder)}
}

// days writes an age.
func days(age time.Duration) string {
	if n := int(age / (24 * time.Hour)); n != 1 {
		return fmt.Sprintf("%d days", max(n, 0))
	}
	return "1 day"
}

// writable tries whether a file can be made in a folder, or in the nearest one above it that is there.
func writable(folder string) error {
	for {
		info, err := os.Stat(folder)
		switch parent := filepath.Dir(folder); {
		case errors.Is(err, fs.ErrNotExist) && parent != folder:
			folder = parent
			continue
		case err != nil:
			return reason(err)
		case !info.IsDir():
			return errors.New("it is no folder")
		}
		f, err := os.CreateTemp(folder, ".doctor-*.tmp")
		if err != nil {
			return reason(err)
		}
		return errors.Join(f.Close(), os.Remove(f.Name()))
	}
}

// reason is an error of the file system without its path.
func reason(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}
