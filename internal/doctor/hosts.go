package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// names looks whether the names of a cloud's hosts are known.
func (n *Network) names(ctx context.Context, c Cloud) Finding {
	var known, left []string
	for _, origin := range c.origins() {
		u, err := url.Parse(origin)
		if err != nil {
			return Finding{State: Wrong, Text: "the address of a host cannot be read", Do: "correct the cloud of the profile"}
		}
		name := u.Hostname()
		switch proxy, _ := n.throughProxy(origin); {
		case proxy != nil:
			left = append(left, name)
		case slices.Contains(known, name) || isAddress(name):
		default:
			if f, ok := n.name(ctx, name); !ok {
				return f
			}
			known = append(known, name)
		}
	}
	switch {
	case len(known) > 0:
		return Finding{State: OK, Text: list(known, 4)}
	case len(left) > 0:
		return Finding{State: OK, Text: "the proxy looks the names up"}
	}
	return Finding{State: OK, Text: "no host has a name to look up"}
}

// name looks one name up.
func (n *Network) name(ctx context.Context, name string) (Finding, bool) {
	const remedy = "check the network and the VPN of this machine and its DNS server; where only a proxy leads out, set HTTPS_PROXY"
	addresses, err := n.lookup(ctx, name)
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return Finding{State: Wrong, Text: "there is no host " + name + ", says the DNS server", Do: remedy}, false
	}
	if err != nil || len(addresses) == 0 {
		return Finding{State: Wrong, Text: "the DNS server gives no answer for " + name, Do: remedy}, false
	}
	for _, address := range addresses {
		if ip, err := netip.ParseAddr(address); err == nil && ip.IsUnspecified() {
			return Finding{State: Wrong, Text: fmt.Sprintf("%s leads to %s: a filter of names is in the way", name, address), Do: "allow the name in the DNS filter (or the hosts file) of this network"}, false
		}
	}
	return Finding{}, true
}

// certificates looks whether the hosts of a cloud answer over TLS, and who they are.
func (n *Network) certificates(ctx context.Context, c Cloud) Finding {
	origins := c.origins()
	for _, origin := range origins {
		if _, err := n.throughProxy(origin); err != nil {
			return noProxy() // whose error, as that of a request, repeats the setting with its password
		}
	}
	found, failed := make([]string, len(origins)), make([]error, len(origins))
	var asking sync.WaitGroup
	for i, origin := range origins {
		asking.Go(func() {
			resp, err := knock(ctx, c.Transport, origin+"/")
			failed[i] = err
			if err == nil && resp.TLS != nil {
				found[i] = signer(resp.TLS)
			}
		})
	}
	asking.Wait()
	for i, err := range failed {
		if err != nil {
			return refusedAt(hostOf(origins[i]), c, err)
		}
	}
	signers := slices.Compact(slices.Sorted(slices.Values(found)))
	return Finding{State: OK, Text: fmt.Sprintf("%d hosts answer, with certificates of %s", len(origins), list(signers, 3))}
}

// signer names who vouches for a connection.
func signer(state *tls.ConnectionState) string {
	for _, verified := range state.VerifiedChains {
		if root := verified[len(verified)-1]; root.Subject.CommonName != "" {
			return root.Subject.CommonName
		} else if len(root.Subject.Organization) > 0 {
			return root.Subject.Organization[0]
		}
	}
	return "a trusted CA"
}

// refusedAt says why a host cannot be spoken to.
func refusedAt(host string, c Cloud, err error) Finding {
	f := Finding{State: Wrong}
	unknown, isUnknown := errors.AsType[x509.UnknownAuthorityError](err)
	invalid, isInvalid := errors.AsType[x509.CertificateInvalidError](err)
	_, otherName := errors.AsType[x509.HostnameError](err)
	unverified, isUnverified := errors.AsType[*tls.CertificateVerificationError](err)
	switch {
	case isInvalid && invalid.Reason == x509.Expired:
		f.Text = fmt.Sprintf("the certificate of %s is not valid at the time that this machine's clock shows (it is good from %s to %s)", host,
			invalid.Cert.NotBefore.UTC().Format("2006-01-02"), invalid.Cert.NotAfter.UTC().Format("2006-01-02"))
		f.Do = "set the clock of this machine; where it is right, whoever runs the proxy on the way has to renew its certificate"
	case otherName:
		f.Text = "what answers for " + host + " is another host"
		f.Do = "sign in to the network where it asks for that in a browser (hotels, guest networks), or have the proxy on the way let the host through"
	case isUnknown || isUnverified:
		f.Text = fmt.Sprintf("the certificate of %s is of a CA that this machine does not know: %s", host, issuerOf(unknown.Cert, unverified))
		f.Do = `a proxy that looks into TLS is on the way: get its CA certificate as a PEM file from whoever runs it, and write  ca_file = "PATH"  into the profile`
		if c.CAFile != "" {
			f.Do = "ca_file of the profile (" + c.CAFile + ") has another CA: get the one that is named here from whoever runs the proxy on the way, and add it to that file"
		}
	case strings.Contains(err.Error(), http.StatusText(http.StatusProxyAuthRequired)):
		f.Text, f.Do = "the proxy on the way to "+host+" wants to know who asks", "write the user and the password that it takes into HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT"
	default:
		f.Text, f.Do = host+" cannot be reached: "+plain(err), "check the network, the VPN and the firewall; where only a proxy leads out, set HTTPS_PROXY"
	}
	return f
}

// issuerOf names the CA of what could not be verified.
func issuerOf(last *x509.Certificate, unverified *tls.CertificateVerificationError) string {
	if unverified != nil && len(unverified.UnverifiedCertificates) > 0 {
		last = unverified.UnverifiedCertificates[len(unverified.UnverifiedCertificates)-1]
	}
	if last == nil {
		return "without a name"
	}
	return tidy(last.Issuer.String())
}

// plain is the innermost cause of a failed connection, in as few words as it has: what is around it repeats addresses.
func plain(err error) string {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	switch op, ok := errors.AsType[*net.OpError](err); {
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	case ok && op.Op == "proxyconnect":
		return "the proxy cannot be reached"
	case ok && op.Err != nil:
		return op.Err.Error()
	}
	text := err.Error()
	return text[strings.LastIndex(text, "\n")+1:]
}

// isAddress reports whether a host is an address rather than a name, or this machine's own.
func isAddress(name string) bool {
	_, err := netip.ParseAddr(name)
	return err == nil || strings.EqualFold(name, "localhost")
}
