package doctor

import (
	"context"
	"fmt"
	"os"
	"runtime"
)

// Configuration is what was read, or why it was not.
type Configuration struct {
	File     string   // "" where only the environment speaks, or where there is no place for one
	Profiles []string // that are to be looked at
	Problems []Problem
}

// Problem is one thing that is wrong with a configuration.
type Problem struct {
	Text string // where and what
	Do   string
}

// mostProblems is how many problems are told at once.
const mostProblems = 4

// find looks at the configuration.
func (c Configuration) find(context.Context) Finding {
	if n := len(c.Problems); n > 0 {
		var texts []string
		for _, p := range c.Problems {
			texts = append(texts, p.Text)
		}
		return Finding{State: Wrong, Text: list(texts, mostProblems), Do: c.Problems[0].Do}
	}
	profiles := fmt.Sprintf("%d profiles", len(c.Profiles))
	if len(c.Profiles) == 1 {
		profiles = "profile " + c.Profiles[0]
	}
	if c.File == "" {
		return Finding{State: OK, Text: profiles + " from the environment"}
	}
	if f, open := exposed(c.File); open {
		return f
	}
	return Finding{State: OK, Text: profiles + " from " + c.File}
}

// exposed looks whether others may write the file. It says whom tokens are asked for, and which programs give secrets:
// whoever writes it runs programs as this user.
func exposed(file string) (Finding, bool) {
	info, err := os.Stat(file)
	if err != nil {
		return Finding{State: Wrong, Text: file + " cannot be looked at", Do: "let this user read it and its folder"}, true
	}
	mode := info.Mode().Perm()
	f := Finding{Text: fmt.Sprintf("others may write %s (mode %04o), and so run programs as this user", file, mode), Do: "chmod go-w " + file}
	switch {
	case runtime.GOOS == "windows": // modes say nothing there
		return Finding{}, false
	case mode&0o002 != 0:
		f.State = Wrong
	case mode&0o020 != 0:
		f.State, f.Text = Warning, fmt.Sprintf("everybody in the file's group may write %s (mode %04o), and so run programs as this user", file, mode)
	default:
		return Finding{}, false
	}
	return f, true
}
