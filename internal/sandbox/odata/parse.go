package odata

import (
	"fmt"
	"slices"
	"strings"
)

// The bounds of a filter. Written again, a tree needs at most two levels of nesting for each of its own, so that
// what was read once can always be read again.
const (
	maxDepth   = 64
	maxNesting = 3 * maxDepth
)

// ParseFilter parses a $filter. Every error is a *[SyntaxError].
func ParseFilter(s string) (Expr, error) {
	tokens, err := lex(s)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != tokenEnd {
		return nil, p.unexpected(t)
	}
	if depth(e) > maxDepth {
		return nil, &SyntaxError{"The recursion limit has been exceeded", 0}
	}
	return e, nil
}

type parser struct {
	tokens  []token
	next    int
	nesting int
}

func (p *parser) peek() token { return p.tokens[p.next] }

func (p *parser) take() token {
	t := p.tokens[p.next]
	if t.kind != tokenEnd {
		p.next++
	}
	return t
}

// accept takes the next token if it is the given one.
func (p *parser) accept(text string) bool {
	if !p.peek().is(text) {
		return false
	}
	p.take()
	return true
}

func (p *parser) expect(text string) error {
	if t := p.peek(); !p.accept(text) {
		return &SyntaxError{fmt.Sprintf("Syntax error: '%s' expected", text), t.at}
	}
	return nil
}

func (p *parser) unexpected(t token) error {
	return &SyntaxError{"Syntax error", t.at}
}

func (p *parser) enter() error {
	if p.nesting++; p.nesting > maxNesting {
		return &SyntaxError{"The recursion limit has been exceeded", p.peek().at}
	}
	return nil
}

func (p *parser) or() (Expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.nesting-- }()
	return p.chain("or", p.and)
}

func (p *parser) and() (Expr, error) { return p.chain("and", p.unary) }

func (p *parser) chain(op string, term func() (Expr, error)) (Expr, error) {
	first, err := term()
	if err != nil {
		return nil, err
	}
	terms := []Expr{first}
	for p.accept(op) {
		e, err := term()
		if err != nil {
			return nil, err
		}
		terms = append(terms, e)
	}
	if len(terms) == 1 {
		return first, nil
	}
	return Logic{op, terms}, nil
}

func (p *parser) unary() (Expr, error) {
	if !p.accept("not") {
		return p.comparison()
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.nesting-- }()
	e, err := p.unary()
	return Not{e}, err
}

func (p *parser) comparison() (Expr, error) {
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	t := p.peek()
	if t.kind != tokenName {
		return left, nil
	}
	switch op := strings.ToLower(t.text); op {
	case "eq", "ne", "gt", "ge", "lt", "le":
		p.take()
		right, err := p.operand()
		return Compare{op, left, right}, err
	case "in":
		p.take()
		if err := p.expect("("); err != nil {
			return nil, err
		}
		list, err := p.list()
		return In{left, list}, err
	}
	return left, nil
}

// list reads one or more operands and the closing parenthesis.
func (p *parser) list() ([]Expr, error) {
	var list []Expr
	for {
		e, err := p.operand()
		if err != nil {
			return nil, err
		}
		list = append(list, e)
		if !p.accept(",") {
			return list, p.expect(")")
		}
	}
}

func (p *parser) operand() (Expr, error) {
	t := p.take()
	switch {
	case t.kind == tokenLiteral:
		return Literal{t.value}, nil
	case t.is("("):
		e, err := p.or()
		if err != nil {
			return nil, err
		}
		return e, p.expect(")")
	case t.kind != tokenName || isKeyword(t.text):
		return nil, p.unexpected(t)
	case p.peek().is("("):
		return p.call(t)
	case p.peek().is("/"):
		return p.path(t)
	case strings.EqualFold(t.text, "null"):
		return Literal{}, nil
	case strings.EqualFold(t.text, "true"):
		return Literal{true}, nil
	case strings.EqualFold(t.text, "false"):
		return Literal{false}, nil
	}
	return Path{t.text}, nil
}

func isKeyword(name string) bool {
	return slices.Contains([]string{"and", "or", "not", "eq", "ne", "gt", "ge", "lt", "le", "in"}, strings.ToLower(name))
}

// path reads the segments after the first, and the lambda that may end them.
func (p *parser) path(first token) (Expr, error) {
	path := Path{first.text}
	for p.accept("/") {
		t := p.take()
		if t.kind != tokenName || isKeyword(t.text) {
			return nil, p.unexpected(t)
		}
		if p.peek().is("(") && (t.is("any") || t.is("all")) {
			return p.lambda(path, t)
		}
		path = append(path, t.text)
	}
	return path, nil
}

func (p *parser) lambda(over Path, name token) (Expr, error) {
	l := Lambda{Over: over, All: name.is("all")}
	p.take()
	if !l.All && p.accept(")") {
		return l, nil
	}
	t := p.take()
	if t.kind != tokenName || isKeyword(t.text) {
		return nil, p.unexpected(t)
	}
	l.Var = t.text
	if err := p.expect(":"); err != nil {
		return nil, err
	}
	var err error
	if l.Body, err = p.or(); err != nil {
		return nil, err
	}
	return l, p.expect(")")
}

func (p *parser) call(name token) (Expr, error) {
	c := Call{Name: strings.ToLower(name.text)}
	f, known := functionNamed(c.Name)
	if !known {
		return nil, &SyntaxError{fmt.Sprintf("An unknown function with name '%s' was found", name.text), name.at}
	}
	p.take()
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.nesting-- }()
	if p.accept(")") {
		c.Args = nil
	} else {
		var err error
		if c.Args, err = p.list(); err != nil {
			return nil, err
		}
	}
	if len(c.Args) < f.least || len(c.Args) > f.most {
		return nil, &SyntaxError{fmt.Sprintf("No function signature for the function with name '%s' matches the specified arguments", name.text), name.at}
	}
	return c, nil
}
