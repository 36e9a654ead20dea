// Package look is what all pages that people see have in common: the frame, the style, the few parts that stand on
// several of them, and the headers that they are sent with.
//
// A page loads nothing from anywhere: its style and what little script it has stand in it, under a content security
// policy that lets nothing else run. It follows the system's light or dark, keeps still for people who want that, reads
// in order without its style, and shows where the focus is. The colours are named once, at the head of style.css; that
// each has enough contrast is computed there, and again in a real browser for what stands on the pages
// (sandboxtest.Eye).
//
// Pages are made of functions, not of html/template: that calls methods by their names, so that the linker would have
// to keep every method of every type of the program. Text and attributes are escaped; what is not are the constants
// of this room, and the scripts of those that use it, which are ours.
package look
