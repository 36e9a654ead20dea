// Package doctor finds out what keeps a call from working, before a model does: it looks at everything that a call needs,
// in the order in which it is needed, and says of each thing in one line that it is fine, or what is wrong and the one
// thing to do.
//
// A [Subject] is what is looked at, [Subject.Checks] are the checks that it needs, and [Run] makes them: those that do not
// stand on each other at the same time, those that stand on something that is wrong not at all. The room knows no other
// one. What only they know (whether a vault opens, what a token may do) comes in by functions of the Subject.
//
// Nothing is changed by looking, but for a file that is made in the folder of schemas and removed at once. No finding
// holds a secret, a token or a query, whoever gave the text; see [Run].
package doctor
