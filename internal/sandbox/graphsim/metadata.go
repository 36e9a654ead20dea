package graphsim

import (
	"net/http"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/csdl"
)

const metadataType = "application/xml"

// metadata answers with the document that describes the service. Graph gives it to everybody: no token is asked for.
func (g *Graph) metadata(x *exchange, version string) (*answer, error) {
	if x.request.Method != http.MethodGet && x.request.Method != http.MethodHead {
		return nil, wrongMethod()
	}
	document, err := csdl.Document(version)
	if err != nil {
		return nil, err
	}
	return &answer{content: document, kind: metadataType, header: http.Header{"Odata-Version": {"4.0"}}}, nil
}
