package oauth

import (
	"context"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strings"
)

const (
	maxKeyDocument = 1 << 20 // bytes of metadata or of keys
	maxKeys        = 200     // of a tenant; Entra has about ten
	maxKeyID       = 128
)

// authority fetches the signing keys of Microsoft Entra's tenants.
type authority struct {
	origin string // https://host
	host   string
	client *http.Client
}

// newAuthority takes a client's connections, and none of its redirects and cookies.
func newAuthority(origin string, client *http.Client) *authority {
	if client == nil {
		client = http.DefaultClient
	}
	return &authority{origin: origin, host: strings.TrimPrefix(origin, "https://"), client: &http.Client{
		Transport:     client.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// keys returns the signing keys of a tenant, by their IDs: of its OpenID metadata, those of its jwks_uri.
func (a *authority) keys(ctx context.Context, tenant string) (map[string]*rsa.PublicKey, error) {
	keys, err := a.fetchKeys(ctx, a.origin+"/"+tenant+"/v2.0")
	if err != nil {
		return nil, &KeysError{tenant: tenant, message: err.Error(), host: a.host}
	}
	return keys, nil
}

func (a *authority) fetchKeys(ctx context.Context, issuer string) (map[string]*rsa.PublicKey, error) {
	var metadata struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	if err := a.get(ctx, issuer+"/.well-known/openid-configuration", &metadata); err != nil {
		return nil, fmt.Errorf("its metadata: %w", err)
	}
	if metadata.Issuer != issuer {
		return nil, errors.New("its metadata names another issuer")
	}
	// Whoever could send us elsewhere for the keys would sign our tokens.
	place, err := url.Parse(metadata.Keys)
	if err != nil || place.Scheme != "https" || !strings.EqualFold(place.Host, a.host) || place.User != nil {
		return nil, errors.New("its metadata names keys that are not the authority's")
	}
	var document struct {
		Keys []publicKey `json:"keys"`
	}
	if err := a.get(ctx, place.String(), &document); err != nil {
		return nil, fmt.Errorf("its keys: %w", err)
	}
	return usable(document.Keys, issuer)
}

// get reads a JSON document.
func (a *authority) get(ctx context.Context, address string, document any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return errors.New("its address does not parse")
	}
	request.Header.Set("Accept", "application/json")
	response, err := a.client.Do(request)
	if err != nil {
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			return wrapped.Err
		}
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, maxKeyDocument+1))
	if err != nil {
		return err
	}
	if len(data) > maxKeyDocument || json.Unmarshal(data, document) != nil {
		return errors.New("not the JSON that it has to be")
	}
	return nil
}

// publicKey is a JSON Web Key (RFC 7517), as far as it is a key of RSA (RFC 7518, section 6.3.1).
type publicKey struct {
	Type      string `json:"kty"`
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
	ID        string `json:"kid"`
	Modulus   string `json:"n"`
	Exponent  string `json:"e"`
	Issuer    string `json:"issuer"` // Microsoft's own: whose tokens alone it signs, maybe with {tenantid}
}

// usable returns those of keys that sign the tokens of issuer.
func usable(keys []publicKey, issuer string) (map[string]*rsa.PublicKey, error) {
	if len(keys) > maxKeys {
		return nil, fmt.Errorf("its keys: %d of them", len(keys))
	}
	found := map[string]*rsa.PublicKey{}
	for _, k := range keys {
		key := k.rsa()
		if key == nil || !k.signsFor(issuer) {
			continue
		}
		if other := found[k.ID]; other != nil && !other.Equal(key) {
			return nil, errors.New("its keys: two have the same ID")
		}
		found[k.ID] = key
	}
	if len(found) == 0 {
		return nil, errors.New("its keys: none can be used")
	}
	return found, nil
}

// signsFor reports whether a key is one for the tokens of issuer. Entra serves keys beside each other of which some are
// for personal accounts alone.
func (k publicKey) signsFor(issuer string) bool {
	if k.Issuer == "" || k.Issuer == issuer {
		return true
	}
	before, after, template := strings.Cut(k.Issuer, "{tenantid}")
	return template && len(issuer) == len(before)+36+len(after) && strings.HasPrefix(issuer, before) && strings.HasSuffix(issuer, after)
}

// rsa returns the key, or nil where it is of another kind or too weak.
func (k publicKey) rsa() *rsa.PublicKey {
	if k.Type != "RSA" || k.Use != "" && k.Use != "sig" || k.Algorithm != "" && k.Algorithm != "RS256" || k.ID == "" || len(k.ID) > maxKeyID {
		return nil
	}
	modulus, err := base64.RawURLEncoding.DecodeString(k.Modulus)
	if err != nil {
		return nil
	}
	exponent, err := base64.RawURLEncoding.DecodeString(k.Exponent)
	if err != nil || len(exponent) > 4 {
		return nil
	}
	n, e := new(big.Int).SetBytes(modulus), int(new(big.Int).SetBytes(exponent).Int64())
	if n.BitLen() < 2048 || n.BitLen() > 8192 || n.Bit(0) == 0 || e < 3 || e%2 == 0 || e > 1<<31-1 {
		return nil
	}
	return &rsa.PublicKey{N: n, E: e}
}
