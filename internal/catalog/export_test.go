package catalog

import "github.com/sapientsai/microsoft-mcp-server/internal/schema"

// Check reads the areas and says what is wrong in the first that cannot be read, and on which line. The program leaves
// such an area out.
func Check() error {
	_, err := readAreas()
	return err
}

// Prepare indexes a model.
func (c *Catalog) Prepare(m *schema.Model) { c.live(m) }
