package graph

import "net/http"

// WithBody returns a copy of r with another body.
func (r *Request) WithBody(body []byte) *Request {
	c := *r
	c.body = body
	return &c
}

// WithHeader returns a copy of r that carries one more header.
func (r *Request) WithHeader(name, value string) *Request {
	c := *r
	c.header = r.header.Clone()
	if c.header == nil {
		c.header = http.Header{}
	}
	c.header.Set(name, value)
	return &c
}

// Streamed returns a copy of r whose answer is not read: Response.Stream has the body of a success. The context
// of the call bounds the reading, too.
func (r *Request) Streamed() *Request {
	c := *r
	c.streamed = true
	return &c
}

// WithNote returns a copy of r that tells in words what the service is not sent with it, such as from which file the
// content comes. Who has to agree to r is shown it, and agrees to it, too.
func (r *Request) WithNote(note string) *Request {
	c := *r
	c.note = note
	return &c
}

// Note returns what WithNote has told.
func (r *Request) Note() string { return r.note }

// Awaiting returns a copy of r whose body comes only after it was judged, so that nobody can agree to that.
func (r *Request) Awaiting() *Request {
	c := *r
	c.awaits = true
	return &c
}

// Awaits tells whether r was made by Awaiting. It still does when it has its body.
func (r *Request) Awaits() bool { return r.awaits }
