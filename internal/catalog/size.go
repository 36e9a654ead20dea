package catalog

// Size is how much there is in the catalog.
type Size struct {
	Operations int
	Text       int // bytes of text that are embedded in the program
}

// Size returns how much there is.
func (c *Catalog) Size() Size {
	s := Size{Operations: len(c.all()), Text: len(lexiconText) + len(typesText)}
	for _, a := range c.Areas() {
		if text, err := areaFiles.ReadFile("areas/" + a.Name + ".txt"); err == nil {
			s.Text += len(text)
		}
	}
	return s
}
