package terminal

import (
	"os"

	"golang.org/x/sys/windows"
)

// understands tells whether a console knows escape sequences, and has it read them. Those before Windows 10 do not.
func understands(file *os.File) bool {
	console := windows.Handle(file.Fd())
	var mode uint32
	if err := windows.GetConsoleMode(console, &mode); err != nil {
		return false
	}
	return windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
