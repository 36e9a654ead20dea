// Command packaging builds everything that a release consists of, from one commit: archives, Linux packages, the desktop
// extension, manifests for package managers and registries, SBOMs, notices and checksums. scripts/release runs it.
//
// The same commit and the same version of Go give the same bytes, on every machine and in every folder: what it packs
// comes from a clean clone, in a fixed order, with the commit's time and nobody's name. It is a module of its own so that
// the product depends on none of what is needed here.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	o := options{log: os.Stderr}
	var targets string
	flag.StringVar(&o.repository, "repository", "..", "the repository whose HEAD is released")
	flag.StringVar(&o.out, "out", filepath.Join("..", "dist"), "the folder to make")
	flag.StringVar(&targets, "targets", strings.Join(allTargets(), " "), "what to build for, as OS/ARCH")
	flag.Parse()
	o.version, o.targets = flag.Arg(0), strings.Fields(targets)
	if flag.NArg() > 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}
