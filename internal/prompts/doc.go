// Package prompts has the recipes that people start by name: how to go about a task with this server's tools, step by step, with
// calls that are ready to be made. It knows nothing of MCP and calls nothing.
//
// A text of texts/ is written for a model. A line that is a call begins with the tool's name, or with what it is for and two
// spaces, and has the arguments as JSON; {…} is filled in from the prompt's own arguments, <…> is for the model to fill in.
package prompts
