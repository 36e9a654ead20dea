package cli

import (
	"github.com/sapientsai/microsoft-mcp-server/internal/folder"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// localFolders fits the folders of this machine to what the tools ask of them.
type localFolders struct{ *folder.Folders }

// foldersAt returns the folders at paths; nil where there are none.
func foldersAt(paths []string) (tools.Folders, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	folders, err := folder.New(paths)
	if err != nil {
		return nil, err
	}
	return localFolders{folders}, nil
}

// Open opens a regular file for reading.
func (f localFolders) Open(path string) (tools.LocalFile, error) {
	file, err := f.Folders.Open(path)
	if err != nil {
		return nil, err // not a nil *folder.File, which would not be nil to a caller
	}
	return file, nil
}

// Create makes a new file.
func (f localFolders) Create(folder, name string) (tools.PendingFile, error) {
	file, err := f.Folders.Create(folder, name)
	if err != nil {
		return nil, err // as above
	}
	return file, nil
}
