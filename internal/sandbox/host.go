package sandbox

// Host is one of the tenant's hosts. The zero value is Login.
type Host int

// The hosts.
const (
	Login           Host = iota // Microsoft Entra
	Graph                       // Microsoft Graph
	ResourceManager             // Azure Resource Manager
	Platform                    // where what runs in Azure gets the tokens of its managed identity, over HTTP without TLS
	Search                      // an Azure AI Search service

	hosts = iota // how many there are
)

// ProductionNames returns the DNS names that the host has in Microsoft's clouds
// (https://learn.microsoft.com/graph/deployments), the global one first.
func (h Host) ProductionNames() []string {
	switch h {
	case Login:
		return []string{"login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn", "login.chinacloudapi.cn"}
	case Graph:
		return []string{"graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn"}
	case ResourceManager:
		return []string{"management.azure.com", "management.usgovcloudapi.net", "management.chinacloudapi.cn"}
	}
	return nil
}
