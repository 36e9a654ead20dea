package cli

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

const programName = "microsoft-mcp-server"

// typedProgram returns what a person types to start this program: its name where PATH leads to it, else its path, as
// when it was unpacked from an archive.
func typedProgram() string {
	path, err := ownPath(os.Executable, exec.LookPath)
	if err != nil {
		return programName
	}
	if found, err := exec.LookPath(programName); err == nil && found == path {
		return programName
	}
	return path
}

// command returns a command about a profile, or about none where name is "", as a person types it, with all that makes it mean the same as here: the
// file that this process was given, and the variables that lie over the profile. c is nil where the profile is none
// of the environment's.
func (o *options) command(c *profile.Config, verb, name string) string {
	return o.commandFor(runtime.GOOS == "windows", c, verb, name)
}

func (o *options) commandFor(windows bool, c *profile.Config, verb, name string) string {
	var b strings.Builder
	if c != nil && c.Overlaid(name) {
		for _, variable := range []string{"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "GRAPH_SCOPES"} {
			value := profile.Variable(o.env.Getenv, variable)
			switch {
			case value == "":
			case windows:
				b.WriteString("$env:" + variable + "=" + powerShellText(value) + "; ")
			default:
				b.WriteString(variable + "=" + word(windows, value) + " ")
			}
		}
	}
	program := word(windows, cmp.Or(o.program, programName))
	if strings.HasPrefix(program, "'") && windows {
		program = "& " + program // PowerShell takes a text in quotes for a value
	}
	b.WriteString(program + " " + verb)
	if name != "" {
		b.WriteString(" " + word(windows, name))
	}
	if file := profile.Named(o.place()); file != "" {
		if whole, err := filepath.Abs(file); err == nil {
			file = whole // the person's shell may be in another folder
		}
		b.WriteString(" --config " + word(windows, file))
	}
	return printable(b.String())
}

// word returns s as one word of a shell: POSIX's, or PowerShell.
func word(windows bool, s string) string {
	plain := "/._-+:=%"
	if windows {
		plain = `\/._-+:=`
	}
	special := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(plain, r))
	}
	switch {
	case s != "" && !strings.ContainsFunc(s, special):
		return s
	case windows:
		return powerShellText(s)
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func powerShellText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
