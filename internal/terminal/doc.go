// Package terminal shows things to people: in colour, in tables as wide as their screen, as JSON that is easy to read, and
// with a bar while they wait. What a Screen is told about is a person's terminal or it is not; where it is not, what is
// written is plain, so that scripts can go on with it.
//
// Text that comes from elsewhere may hold anything, also what steers a terminal or makes text look like other text. All
// that is shown goes through Printable, Lines or JSON, which write such characters as escapes.
package terminal
