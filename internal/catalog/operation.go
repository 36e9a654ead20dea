package catalog

// Operation is one call of Microsoft Graph.
type Operation struct {
	Area        string // the name of the file that describes it; "" for one that the schema alone knows
	Method      string
	Path        string   // a template: /users/{user}/messages/{message}
	Also        []string // other templates that do the same
	Version     string   // "beta" where v1.0 does not have it, else ""
	Does        string
	Asks        []string // the words that people use for it, English
	German      []string
	French      []string
	Example     string   // the path of the example, where it is not Path with its braces filled in
	Query       []Option // OData query options of the example
	Headers     []Option // of the example
	Body        string   // of the example: JSON; "" for none
	Delegated   string   // least privileged permission for a signed-in person; "-": none; "": not known
	Application string   // for an app
	Returns     string   // the type of what comes back or of its elements, without microsoft.graph.; "" for nothing or what has no type
	Notes       []string // pitfalls
}

// Option is a name and its value.
type Option struct{ Name, Value string }
