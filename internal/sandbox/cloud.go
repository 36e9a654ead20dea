package sandbox

import (
	"net"
	"strings"
)

// cloudOf names the cloud of a host, with or without a port (https://learn.microsoft.com/graph/deployments). The two
// of the United States' government share their Entra. All that is not Microsoft's is one cloud, "": the private one
// that this sandbox is.
func cloudOf(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	switch strings.ToLower(host) {
	case "login.microsoftonline.com", "graph.microsoft.com", "management.azure.com", "management.core.windows.net":
		return "global"
	case "login.microsoftonline.us", "graph.microsoft.us", "management.usgovcloudapi.net", "management.core.usgovcloudapi.net":
		return "usgov"
	case "dod-graph.microsoft.us":
		return "usgov-dod"
	case "login.partner.microsoftonline.cn", "login.chinacloudapi.cn", "microsoftgraph.chinacloudapi.cn",
		"management.chinacloudapi.cn", "management.core.chinacloudapi.cn":
		return "china"
	}
	return ""
}

// classicNames are the App ID URIs of Azure Resource Manager that tools still ask for.
func classicNames() []string {
	return []string{"https://management.core.windows.net", "https://management.core.usgovcloudapi.net", "https://management.core.chinacloudapi.cn"}
}
