// Package folder reads and writes the files of the few folders of this machine that somebody has allowed.
//
// The paths come from models, so each is taken for an attack. It must lie in one of the folders, and everything
// below a folder is reached through an [os.Root], which refuses what leaves it by "..", by a symbolic link or by
// a name with a meaning of its own. Only regular files are read: a device, a pipe or a socket could block, or do
// something when it is opened. Nothing is ever overwritten, and a file appears under its name when it is whole.
package folder
