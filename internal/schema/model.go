package schema

// Kind says what a type is.
type Kind string

// The kinds of types.
const (
	Entity     Kind = "entity"
	Complex    Kind = "complex"
	Enum       Kind = "enum"
	Definition Kind = "definition" // another name for a primitive type
)

// Type is one type of a model.
type Type struct {
	Name       string // qualified: microsoft.graph.user
	Kind       Kind
	Base       string // qualified; "" where there is none
	Abstract   bool
	Open       bool       // it may have properties that the model does not name
	Stream     bool       // of an entity: it has content of its own, which $value reads
	Key        []string   // of an entity, inherited ones too
	Properties []Property // inherited ones first
	Navigation []Property // likewise
	Members    []string   // of an enum
	Flags      bool       // of an enum: a value may be several members
	Underlying string     // of a definition, or of an enum that names one
	Derived    []string   // the types that have it as their base, qualified
}

// Property is a property of a type, structural or navigation, or a parameter of an operation.
type Property struct {
	Name       string
	Type       string // of the value or of an element: Edm.String, microsoft.graph.mailFolder
	Collection bool
	Contained  bool // of a navigation property: what it leads to has its place there
	Required   bool // not nullable
	Navigation bool
}

// Operation is an action or a function.
type Operation struct {
	Name        string     // qualified
	Action      bool       // else a function
	Binding     string     // qualified type that it is bound to; "" where to none
	OnMany      bool       // it is bound to a collection of that type
	Composable  bool       // of a function: a path may go on behind it
	Parameters  []Property // without the one that it is bound to
	Returns     string     // "" where it returns nothing
	ReturnsMany bool
}

// Method returns the HTTP method that calls it.
func (o Operation) Method() string {
	if o.Action {
		return "POST"
	}
	return "GET"
}

// Root is where paths begin: an entity set, a singleton, or an operation without a binding.
type Root struct {
	Name      string
	Type      string // qualified; of an operation that which it returns
	Set       bool   // else a singleton or an operation
	Operation bool
}

// Target is where a path leads.
type Target struct {
	Type       string // of the value or of an element, qualified; "" where nothing comes back, or nobody knows its type
	Collection bool
	Property   *Property  // the last segment is this one; nil: it is none, or a key stands behind it
	Operation  *Operation // likewise
	Service    string     // the last segment is this one of the protocol's: $count, $value, $ref, content; "": none
	Keys       []string   // what the path has for keys, in its order
}

// Path is a way to something that a model knows.
type Path struct {
	Method     string // GET, or POST for an action
	Template   string // /users/{user}/messages
	Name       string // of what it is: the last segment, without its namespace and its parameters
	Type       string // of what comes back or of its elements, qualified; "" for nothing
	Collection bool
	Operation  *Operation // nil: it is an entity set, a singleton or a navigation property
}

// Size is how much there is in a model.
type Size struct {
	Bytes      int // that it takes in memory
	Types      int
	Operations int
	Roots      int
	Lost       int // names of types that the document uses and does not have
}
