package client

// Edit changes a text as the client's file is changed.
func (c Client) Edit(text string, s Server) (string, error) {
	wanted, err := c.wanted(s)
	if err != nil {
		return "", err
	}
	mark, rest := cutMark(text)
	after, err := c.form.install(rest, s.Name, wanted)
	if err != nil {
		return "", c.explain(err, "FILE", rest)
	}
	return mark + after, nil
}

// Undo removes the entry from a text.
func (c Client) Undo(text, name string) (string, error) {
	mark, rest := cutMark(text)
	after, err := c.form.uninstall(rest, name)
	if err != nil {
		return "", c.explain(err, "FILE", rest)
	}
	return mark + after, nil
}
