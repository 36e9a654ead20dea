package sandbox

import (
	"io"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/graphsim"
)

// StoredFile is a file in a drive as it is.
type StoredFile = graphsim.Stored

// AddLargeFile stores a file with the content of [LargeContent] in a person's drive, in the place of one that is
// there, and returns its id. The content is made as it is downloaded, so a file of many gigabytes takes no memory.
// The path is from the drive's root, such as "Films/dive.mp4"; folders are made where they are missing.
func (t *Tenant) AddLargeFile(upn, path string, size int64) (id string, err error) {
	return t.graph.AddLargeFile(upn, path, size)
}

// Stored looks a file up in a person's drive, by its path from the root. Of uploads larger than 32 MiB only the
// hash and the size are kept; they can be downloaded again only if their content was that of [LargeContent].
func (t *Tenant) Stored(upn, path string) (StoredFile, bool) { return t.graph.StoredFile(upn, path) }

// LargeContent makes the content of large files as it is read. It does not compress, and a piece in the wrong place
// shows in its hash.
func LargeContent(size int64) io.ReadSeeker { return graphsim.NewSynthetic(size) }
