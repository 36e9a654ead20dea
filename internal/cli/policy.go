package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

// Exit codes of `policy test` beside the usual, also in its help: a script can tell a refusal from a failure.
const (
	exitDenied      = 3
	exitUnconfirmed = 4
)

func newPolicy(o *options) *cobra.Command {
	cmd := &cobra.Command{Use: "policy", Short: "Try out what a profile may do", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.SuggestionsMinimumDistance = 2
	cmd.AddCommand(newPolicyTest(o))
	return cmd
}

// policyTest is what `policy test` is asked.
type policyTest struct {
	api, version, body string
	asJSON             bool
}

func newPolicyTest(o *options) *cobra.Command {
	var t policyTest
	cmd := &cobra.Command{
		Use:   "test METHOD PATH",
		Short: "Show whether a profile may make a call, and the rule that says so",
		Long: `Show whether a profile may make a call, and the rule that says so. Nothing is sent, and no secret is read.

PATH is what a tool is given, with its query: what $expand takes along is judged, too. A batch ("POST /$batch") is judged
by its items, in the body.

A path may have several readings, because only the service knows which is meant: deny and confirm rules look at all of
them, allow rules at the likeliest.

Exit codes: 0 allowed, 3 denied, 4 a person has to agree, 1 failed, 2 wrong usage or configuration.`,
		Example: `  microsoft-mcp-server policy test GET /users/ada@contoso.com/messages --profile contoso
  microsoft-mcp-server policy test GET '/groups/1?$expand=members'
  microsoft-mcp-server policy test POST '/$batch' --body batch.json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usagef(`policy test takes a method and a path, such as  policy test GET '/me/messages?$top=5'`)
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return o.testPolicy(t, args[0], args[1]) },
	}
	cmd.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return []string{"GET", "POST", "PUT", "PATCH", "DELETE"}, cobra.ShellCompDirectiveNoFileComp
	}
	flags := cmd.Flags()
	flags.StringVar(&t.api, "api", string(graph.Graph), "graph, or azure (Azure Resource Manager)")
	flags.StringVar(&t.version, "api-version", "", "v1.0 (default) or beta")
	flags.StringVar(&t.body, "body", "", `file with the request's body; "-" reads standard input`)
	flags.BoolVar(&t.asJSON, "json", false, "print JSON")
	return cmd
}

func (o *options) testPolicy(t policyTest, method, path string) error {
	p, c, err := o.one(nil)
	if err != nil {
		return err
	}
	body, err := o.bodyFrom(t.body)
	if err != nil {
		return err
	}
	out, err := judge(c, p, graph.Params{API: graph.API(t.api), Version: t.version, Method: method, Path: path, Body: body})
	if err != nil {
		return err
	}
	if t.asJSON {
		err = o.printJSON(out)
	} else {
		err = o.printJudged(out)
	}
	if err != nil {
		return err
	}
	switch out.Verdict {
	case policy.Allow.String():
		return nil
	case policy.Confirm.String():
		return &shownError{&exitError{exitUnconfirmed}}
	}
	return &shownError{&exitError{exitDenied}}
}

// judge tells what a profile's policy says of a call.
func judge(c *profile.Config, p profile.Profile, call graph.Params) (judged, error) {
	rules, err := policy.New(rulesOf(p))
	if err != nil {
		return judged{}, &usageError{placed(c, p, err)}
	}
	endpoints, err := graph.NewEndpoints(p.Cloud.Graph, p.Cloud.ResourceManager)
	if err != nil {
		return judged{}, &usageError{fmt.Errorf("profile %s: %w", p.Name, err)}
	}
	request, err := endpoints.NewRequest(call)
	if err != nil {
		return judged{}, &usageError{err}
	}
	return judged{Profile: p.Name, Access: p.Access.String(), API: string(request.API()), Version: request.Version(), judgedCall: judgedFrom(rules.Explain(request))}, nil
}

// bodyFrom reads the body that --body names; nil where it names none.
func (o *options) bodyFrom(name string) ([]byte, error) {
	const most = 4 << 20 // more than Graph takes in a batch
	var from io.Reader
	switch name {
	case "":
		return nil, nil
	case "-":
		from = o.env.Stdin
	default:
		f, err := os.Open(name)
		if err != nil {
			return nil, usagef("--body: %w", err)
		}
		defer f.Close()
		from = f
	}
	body, err := io.ReadAll(io.LimitReader(from, most+1))
	if err == nil && len(body) > most {
		err = errors.New("it is larger than 4 MiB")
	}
	if err != nil {
		return nil, fmt.Errorf("reading --body: %w", err)
	}
	return body, nil
}

// judged is what `policy test` prints.
type judged struct {
	Profile string `json:"profile"`
	Access  string `json:"access"`
	API     string `json:"api"`
	Version string `json:"apiVersion,omitempty"`
	judgedCall
}

type judgedCall struct {
	ID       string       `json:"id,omitempty"` // of an item of a batch
	Verdict  string       `json:"verdict"`
	Rule     string       `json:"rule,omitempty"`
	Reason   string       `json:"reason"`
	Method   string       `json:"method"`
	Path     string       `json:"path"`
	Readings []string     `json:"readings"`
	Items    []judgedCall `json:"items,omitempty"`
}

func judgedFrom(e policy.Explanation) judgedCall {
	c := judgedCall{ID: e.Item, Verdict: e.Verdict.String(), Rule: e.Rule, Reason: e.Reason, Method: e.Method, Path: e.Path.String()}
	for _, reading := range e.Readings {
		c.Readings = append(c.Readings, reading.String())
	}
	for _, item := range e.Items {
		c.Items = append(c.Items, judgedFrom(item))
	}
	return c
}

func (o *options) printJudged(out judged) error {
	screen := o.screen(o.env.Stdout)
	fmt.Fprintln(o.env.Stdout, screen.Paint(verdictInk(out.Verdict), out.Verdict))
	service := out.API
	if out.Version != "" {
		service += " " + out.Version
	}
	pairs := [][2]string{
		{"profile", out.Profile + ", " + out.Access}, {"call", out.Method + " " + out.Path + " (" + service + ")"}, {"rule", out.Rule}, {"why", out.Reason},
		{"readings", otherReadings(out.judgedCall)},
	}
	for _, item := range out.Items {
		pairs = append(pairs, [2]string{"item " + item.ID, strings.Join([]string{item.Verdict, item.Method, item.Path, "(" + item.Rule + ")"}, " ")})
	}
	return o.printPairs(pairs)
}

// otherReadings lists the readings of a path where there is more than one.
func otherReadings(c judgedCall) string {
	if len(c.Readings) < 2 {
		return ""
	}
	return strings.Join(c.Readings, "  ")
}
