package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// newMan is for those who make packages, and hidden from everybody else. Cobra's own writer of man pages would link
// text/template; see TestNoTemplates in internal.
func newMan(o *options) *cobra.Command {
	return &cobra.Command{
		Use: "man DIR", Short: "Write the man pages of all commands into a folder", Hidden: true,
		Long: `Write the man pages of all commands into a folder, which is made where there is none. Their date is that of
SOURCE_DATE_EPOCH, else of the commit that the program was built from.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("man takes the folder to write into")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.writeMan(cmd.Root(), args[0]) },
	}
}

func (o *options) writeMan(root *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making the folder: %w", err)
	}
	date, count := o.builtOn(), 0
	var write func(*cobra.Command) error
	write = func(cmd *cobra.Command) error {
		count++
		if err := os.WriteFile(filepath.Join(dir, pageName(cmd)+".1"), []byte(manPage(cmd, date)), 0o644); err != nil {
			return fmt.Errorf("writing a man page: %w", err)
		}
		for _, sub := range documented(cmd) {
			if err := write(sub); err != nil {
				return err
			}
		}
		return nil
	}
	if err := write(root); err != nil {
		return err
	}
	_, err := fmt.Fprintf(o.env.Stdout, "wrote %d man pages into %s\n", count, printable(dir))
	return err
}

// documented are the commands below cmd that the help shows.
func documented(cmd *cobra.Command) []*cobra.Command {
	var all []*cobra.Command
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() && sub.Name() != "help" {
			all = append(all, sub)
		}
	}
	return all
}

// builtOn is the date that pages carry, so that two builds of one commit have the same; "" where nobody knows.
func (o *options) builtOn() string {
	if seconds, err := strconv.ParseInt(o.env.Getenv("SOURCE_DATE_EPOCH"), 10, 64); err == nil {
		return time.Unix(seconds, 0).UTC().Format(time.DateOnly)
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			if built, err := time.Parse(time.RFC3339, setting.Value); setting.Key == "vcs.time" && err == nil {
				return built.UTC().Format(time.DateOnly)
			}
		}
	}
	return ""
}

// pageName is what a command's page is called: as git and others do, with dashes.
func pageName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// manPage writes a command's page in the language of man(7).
func manPage(cmd *cobra.Command, date string) string {
	p := &page{}
	p.request("TH", strings.ToUpper(pageName(cmd)), "1", date, cmd.Root().Name()+" "+version(), "User Commands")
	p.request("SH", "NAME")
	p.line(roff(pageName(cmd)) + ` \- ` + roff(cmd.Short))
	p.request("SH", "SYNOPSIS")
	use := cmd.CommandPath()
	arguments := strings.TrimPrefix(cmd.UseLine(), use)
	p.line(`\fB` + roff(use) + `\fR` + roff(arguments))
	p.request("SH", "DESCRIPTION")
	if cmd.Long != "" {
		p.text(cmd.Long)
	} else {
		p.text(cmd.Short + ".")
	}
	p.flags("OPTIONS", cmd.NonInheritedFlags())
	p.flags("GLOBAL OPTIONS", cmd.InheritedFlags())
	if cmd.Example != "" {
		p.request("SH", "EXAMPLES")
		p.literal(strings.Split(cmd.Example, "\n"))
	}
	p.related(cmd)
	return p.b.String()
}

// page is a page that is being written.
type page struct{ b strings.Builder }

func (p *page) line(s string) { p.b.WriteString(s + "\n") }

func (p *page) request(name string, arguments ...string) {
	p.b.WriteString("." + name)
	for _, a := range arguments {
		if _, err := time.Parse(time.DateOnly, a); err != nil { // checkers know a date as it is alone
			a = strings.ReplaceAll(roff(a), `"`, `\(dq`)
		}
		p.b.WriteString(` "` + a + `"`)
	}
	p.b.WriteString("\n")
}

// text writes paragraphs. Those that are indented, such as commands, stay as they are.
func (p *page) text(s string) {
	for i, paragraph := range strings.Split(strings.TrimSpace(s), "\n\n") {
		lines := strings.Split(strings.Trim(paragraph, "\n"), "\n")
		if strings.HasPrefix(lines[0], " ") || strings.HasPrefix(lines[0], "\t") {
			p.literal(lines)
			continue
		}
		if i > 0 {
			p.request("PP")
		}
		for _, line := range lines {
			p.line(roff(strings.TrimSpace(line)))
		}
	}
}

func (p *page) literal(lines []string) {
	p.b.WriteString(".RS 2\n.nf\n")
	for _, line := range lines {
		p.line(roff(strings.TrimSpace(line)))
	}
	p.b.WriteString(".fi\n.RE\n")
}

func (p *page) flags(title string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	p.request("SH", title)
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		name := `\fB` + roff("--"+f.Name) + `\fR`
		if f.Shorthand != "" {
			name = `\fB` + roff("-"+f.Shorthand) + `\fR, ` + name
		}
		if value != "" {
			name += ` \fI` + roff(value) + `\fR`
		}
		p.request("TP")
		p.line(name)
		p.line(roff(usage))
	})
}

func (p *page) related(cmd *cobra.Command) {
	var pages []string
	if cmd.HasParent() {
		pages = append(pages, pageName(cmd.Parent()))
	}
	for _, sub := range documented(cmd) {
		pages = append(pages, pageName(sub))
	}
	if len(pages) == 0 {
		return
	}
	p.request("SH", "SEE ALSO")
	for i, name := range pages {
		end := ","
		if i == len(pages)-1 {
			end = ""
		}
		p.line(`\fB` + roff(name) + `\fR(1)` + end)
	}
}

// roff writes text so that no character of it means anything to a formatter.
func roff(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '.' && i == 0:
			b.WriteString(`\&.`)
		case r == '\\':
			b.WriteString(`\e`)
		case r == '-':
			b.WriteString(`\-`)
		case r == '\'':
			b.WriteString(`\(aq`)
		case r == '`':
			b.WriteString(`\(ga`)
		case r == '^':
			b.WriteString(`\(ha`)
		case r == '~':
			b.WriteString(`\(ti`)
		case r > '~':
			fmt.Fprintf(&b, `\[u%04X]`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
