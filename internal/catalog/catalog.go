package catalog

import (
	"embed"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
)

//go:embed areas/*.txt
var areaFiles embed.FS

// Catalog is what is known about Microsoft Graph without asking it. The zero value is not usable: see [New]. It is safe for
// concurrent use.
type Catalog struct {
	read  func() ([]area, error)
	all   func() []Operation // of all areas, in their order; numbers of operations count in it
	index func() *index
	tree  func() *node
	lives lives
}

// Area is a part of the catalog.
type Area struct{ Name, Title string }

// New returns the catalog. What is embedded is read when it is first needed, and indexed when something is first looked for:
// most servers start for less than that.
func New() *Catalog {
	c := &Catalog{}
	c.read = sync.OnceValues(readAreas)
	c.all = sync.OnceValue(func() []Operation {
		var all []Operation
		for _, a := range c.areas() {
			all = append(all, a.operations...)
		}
		return all
	})
	c.index = sync.OnceValue(func() *index {
		var other sync.WaitGroup
		other.Go(func() { words() })
		all := c.all()
		other.Wait()
		return newIndex(all, words(), tuned())
	})
	c.tree = sync.OnceValue(func() *node { return newTree(c.all()) })
	return c
}

// readAreas reads what is embedded. That it can be read is held by the tests, so that a file with a fault is left out here.
func readAreas() ([]area, error) {
	names, err := fs.Glob(areaFiles, "areas/*.txt")
	if err != nil {
		return nil, err
	}
	var areas []area
	var first error
	for _, name := range names {
		text, err := areaFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		a, err := readArea(strings.TrimSuffix(path.Base(name), ".txt"), string(text))
		if err != nil {
			if first == nil {
				first = err
			}
			continue
		}
		areas = append(areas, a)
	}
	return areas, first
}

func (c *Catalog) areas() []area {
	areas, _ := c.read()
	return areas
}

// Areas returns the areas, by name.
func (c *Catalog) Areas() []Area {
	var list []Area
	for _, a := range c.areas() {
		list = append(list, Area{Name: a.name, Title: a.title})
	}
	return list
}

// Area returns the operations of an area in the order of its file; none where there is no such area.
func (c *Catalog) Area(name string) []Operation {
	for _, a := range c.areas() {
		if strings.EqualFold(a.name, name) {
			return slices.Clone(a.operations)
		}
	}
	return nil
}
