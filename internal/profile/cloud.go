package profile

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	cloudGlobal = "global"

	// CustomCloud is the Name of a cloud whose hosts the file gives.
	CustomCloud = "custom"
)

// Cloud is one of Microsoft's clouds, or hosts of one's own. The hosts are
// https origins without a trailing slash. ResourceManager is "" where a custom
// cloud has none; calls to it are refused then.
type Cloud struct {
	Name                              string // global, usgov, usgov-dod, china or custom
	Authority, Graph, ResourceManager string
}

// Known reports whether c is one of Microsoft's clouds, which vouch for their
// own hosts (instance discovery).
func (c Cloud) Known() bool { return c.Name != CustomCloud && c.Name != "" }

// Clouds returns Microsoft's clouds with the hosts that their documentation
// gives (Graph: "National cloud deployments").
func Clouds() []Cloud {
	return []Cloud{
		{cloudGlobal, "https://login.microsoftonline.com", "https://graph.microsoft.com", "https://management.azure.com"},
		{"usgov", "https://login.microsoftonline.us", "https://graph.microsoft.us", "https://management.usgovcloudapi.net"},
		{"usgov-dod", "https://login.microsoftonline.us", "https://dod-graph.microsoft.us", "https://management.usgovcloudapi.net"},
		{"china", "https://login.partner.microsoftonline.cn", "https://microsoftgraph.chinacloudapi.cn", "https://management.chinacloudapi.cn"},
	}
}

// cloud returns the cloud that the key cloud of the table names.
func (b *builder) cloud(r fileCloud) Cloud {
	known := Clouds()
	if r.Custom != nil {
		return b.customCloud(r.Custom)
	}
	names := make([]string, len(known))
	for i, c := range known {
		names[i] = c.Name
	}
	return known[b.choose("cloud", r.Name, names...)]
}

func (b *builder) customCloud(r *fileHosts) Cloud {
	c := Cloud{Name: CustomCloud}
	for _, host := range []struct {
		field, raw string
		needed     bool
		origin     *string
	}{
		{"authority", r.Authority, true, &c.Authority},
		{"graph", r.Graph, true, &c.Graph},
		{"resource_manager", r.ResourceManager, false, &c.ResourceManager},
	} {
		const remedy = "write it as https://HOST or https://HOST:PORT"
		origin, ok := httpsOrigin(host.raw)
		switch {
		case host.raw == "" && host.needed:
			b.fail("cloud."+host.field, remedy, "is missing")
		case host.raw != "" && !ok:
			b.fail("cloud."+host.field, remedy, "is not an https origin (no path, query or user)")
		}
		*host.origin = origin
	}
	b.oneCloud(c)
	return c
}

// oneCloud refuses hosts that are not all of one cloud, as far as they are
// Microsoft's: one cloud's token would go to another's host.
func (b *builder) oneCloud(c Cloud) {
	var shared []string // the clouds that the hosts before may belong to
	for i, host := range []struct{ field, origin string }{
		{"authority", c.Authority}, {"graph", c.Graph}, {"resource_manager", c.ResourceManager},
	} {
		of := cloudsOf(host.origin)
		switch {
		case host.origin == "": // missing or wrong, and reported
		case i == 0 || c.Authority == "":
			shared = of
		case len(of) == 0 && len(shared) == 0: // hosts of one's own
		default:
			shared = slices.DeleteFunc(slices.Clone(shared), func(name string) bool { return !slices.Contains(of, name) })
			if len(shared) == 0 {
				b.fail("cloud."+host.field, `name hosts of one cloud; for one of Microsoft's write its name, such as cloud = "usgov"`,
					"belongs to another cloud than the hosts before it")
				return
			}
		}
	}
}

// cloudsOf returns the names of Microsoft's clouds that an origin may belong to;
// none for a host of one's own. L4 and L5 of the US government share hosts.
func cloudsOf(origin string) []string {
	host := strings.TrimPrefix(origin, "https://")
	host, _, _ = strings.Cut(host, ":")
	for _, known := range []struct {
		domain string
		clouds []string
	}{
		{"login-us.microsoftonline.com", []string{"usgov", "usgov-dod"}},
		{"dod-graph.microsoft.us", []string{"usgov-dod"}},
		{"graph.microsoft.us", []string{"usgov"}},
		{"microsoftonline.us", []string{"usgov", "usgov-dod"}},
		{"usgovcloudapi.net", []string{"usgov", "usgov-dod"}},
		{"microsoftonline.cn", []string{"china"}},
		{"chinacloudapi.cn", []string{"china"}},
		{"microsoftonline.com", []string{cloudGlobal}},
		{"login.microsoft.com", []string{cloudGlobal}},
		{"login.windows.net", []string{cloudGlobal}},
		{"sts.windows.net", []string{cloudGlobal}},
		{"graph.microsoft.com", []string{cloudGlobal}},
		{"management.azure.com", []string{cloudGlobal}},
	} {
		if host == known.domain || strings.HasSuffix(host, "."+known.domain) {
			return known.clouds
		}
	}
	return nil
}

// httpsOrigin returns raw as scheme and host in lower case, or false where it
// is anything but an https origin. One trailing slash is forgiven.
func httpsOrigin(raw string) (string, bool) {
	origin, ok := originOf(strings.TrimSuffix(raw, "/"))
	return origin, ok && strings.HasPrefix(origin, "https://")
}

// originOf returns an origin (RFC 6454) of any scheme in lower case.
func originOf(raw string) (string, bool) {
	u, err := url.Parse(raw)
	if err != nil || !isAuthority(u.Host) {
		return "", false
	}
	origin := u.Scheme + "://" + strings.ToLower(u.Host)
	// What is left over is a path, a query, a user or a fragment.
	if !strings.EqualFold(origin, raw) {
		return "", false
	}
	return origin, true
}

// webURL returns an http or https URL without a trailing slash, or "" where it
// is none or holds a user, a query or a fragment.
func webURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || !isAuthority(u.Host) || hasBlank(raw) {
		return ""
	}
	if u.User != nil || strings.ContainsAny(raw, `?#\`) {
		return ""
	}
	return strings.TrimRight(u.String(), "/")
}

// isAuthority reports whether s is a host or host:port of a URL (RFC 3986,
// 3.2), without a user.
func isAuthority(s string) bool {
	host, port := s, ""
	if i := strings.LastIndexByte(s, ':'); i >= 0 && !strings.HasSuffix(s, "]") {
		host, port = s[:i], s[i+1:]
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 || strconv.Itoa(n) != port {
			return false
		}
	}
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		ip, err := netip.ParseAddr(host[1 : len(host)-1])
		return err == nil && ip.Is6() && ip.Zone() == ""
	}
	return isHostName(host)
}
