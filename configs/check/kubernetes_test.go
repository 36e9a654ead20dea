package check

import (
	"path/filepath"
	"testing"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/yaml"
)

// cluster is what the manifests describe.
type cluster struct {
	deployments []apps.Deployment
	sets        []apps.StatefulSet
	services    []core.Service
	policies    []networking.NetworkPolicy
	budgets     []policy.PodDisruptionBudget
	secrets     []core.Secret
	ingresses   []networking.Ingress
	accounts    []core.ServiceAccount
}

// load reads all manifests strictly: an unknown field is an error.
func load(t *testing.T) cluster {
	t.Helper()
	files, err := filepath.Glob("../kubernetes/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no manifests", err)
	}
	var c cluster
	for _, file := range files {
		parts, err := documents(read(t, "kubernetes/"+filepath.Base(file)))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, part := range parts {
			c.add(t, file, part)
		}
	}
	return c
}

func (c *cluster) add(t *testing.T, file string, part []byte) {
	t.Helper()
	var kind meta.TypeMeta
	if err := yaml.Unmarshal(part, &kind); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	switch kind.APIVersion + " " + kind.Kind {
	case "apps/v1 Deployment":
		c.deployments = append(c.deployments, strict[apps.Deployment](t, file, part))
	case "apps/v1 StatefulSet":
		c.sets = append(c.sets, strict[apps.StatefulSet](t, file, part))
	case "v1 Namespace":
		strict[core.Namespace](t, file, part)
	case "v1 Service":
		c.services = append(c.services, strict[core.Service](t, file, part))
	case "v1 ServiceAccount":
		c.accounts = append(c.accounts, strict[core.ServiceAccount](t, file, part))
	case "v1 Secret":
		c.secrets = append(c.secrets, strict[core.Secret](t, file, part))
	case "networking.k8s.io/v1 NetworkPolicy":
		c.policies = append(c.policies, strict[networking.NetworkPolicy](t, file, part))
	case "networking.k8s.io/v1 Ingress":
		c.ingresses = append(c.ingresses, strict[networking.Ingress](t, file, part))
	case "policy/v1 PodDisruptionBudget":
		c.budgets = append(c.budgets, strict[policy.PodDisruptionBudget](t, file, part))
	case "kustomize.config.k8s.io/v1beta1 Kustomization":
		checkKustomization(t, part)
	default:
		t.Errorf("%s: %s %s is not checked", file, kind.APIVersion, kind.Kind)
	}
}

func strict[T any](t *testing.T, file string, part []byte) T {
	t.Helper()
	var object T
	if err := yaml.UnmarshalStrict(part, &object); err != nil {
		t.Errorf("%s: %v", file, err)
	}
	return object
}

func checkKustomization(t *testing.T, part []byte) {
	t.Helper()
	k := strict[struct {
		meta.TypeMeta      `json:",inline"`
		Namespace          string   `json:"namespace"`
		Resources          []string `json:"resources"`
		ConfigMapGenerator []struct {
			Name  string   `json:"name"`
			Files []string `json:"files"`
		} `json:"configMapGenerator"`
		GeneratorOptions struct {
			DisableNameSuffixHash bool `json:"disableNameSuffixHash"`
		} `json:"generatorOptions"`
	}](t, "kustomization.yaml", part)
	for _, name := range k.Resources {
		read(t, "kubernetes/"+name)
	}
	for _, generated := range k.ConfigMapGenerator {
		for _, name := range generated.Files {
			read(t, "kubernetes/"+name)
		}
	}
}

func TestKubernetes(t *testing.T) {
	t.Parallel()
	c := load(t)
	if len(c.deployments) != 1 || len(c.sets) != 1 || len(c.secrets) != 1 {
		t.Fatalf("%d deployments, %d sets, %d secrets", len(c.deployments), len(c.sets), len(c.secrets))
	}
	server, redis := c.deployments[0].Spec.Template, c.sets[0].Spec.Template
	pods := map[string]core.PodTemplateSpec{"server": server, "redis": redis}
	for name, pod := range pods {
		checkHardened(t, name, pod.Spec)
		checkVolumes(t, name, pod.Spec, c.secrets[0])
	}
	selectors := []*meta.LabelSelector{c.deployments[0].Spec.Selector, c.sets[0].Spec.Selector}
	for _, b := range c.budgets {
		selectors = append(selectors, b.Spec.Selector)
	}
	for _, p := range c.policies {
		selectors = append(selectors, &p.Spec.PodSelector)
	}
	for _, s := range c.services {
		selectors = append(selectors, &meta.LabelSelector{MatchLabels: s.Spec.Selector})
	}
	for _, wanted := range selectors {
		selector, err := meta.LabelSelectorAsSelector(wanted)
		if err != nil {
			t.Error(err)
			continue
		}
		if selector.Empty() || !selector.Matches(labels.Set(server.Labels)) && !selector.Matches(labels.Set(redis.Labels)) {
			t.Errorf("%v selects no pod of these, or every pod", wanted)
		}
	}
	if c.budgets[0].Spec.MinAvailable.IntValue() >= int(*c.deployments[0].Spec.Replicas) {
		t.Error("the disruption budget lets no node be drained")
	}
	probes := server.Spec.Containers[0]
	if probes.LivenessProbe.HTTPGet.Path != "/health" || probes.ReadinessProbe.HTTPGet.Path != "/ready" {
		t.Error("the probes ask for something else than /health and /ready")
	}
}

func checkHardened(t *testing.T, name string, spec core.PodSpec) {
	t.Helper()
	if spec.AutomountServiceAccountToken == nil || *spec.AutomountServiceAccountToken {
		t.Errorf("%s is given a token of the cluster", name)
	}
	if !*spec.SecurityContext.RunAsNonRoot || spec.SecurityContext.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault {
		t.Errorf("%s may run as root, or without seccomp", name)
	}
	for _, container := range spec.Containers {
		s := container.SecurityContext
		if *s.AllowPrivilegeEscalation || !*s.ReadOnlyRootFilesystem || len(s.Capabilities.Drop) != 1 || s.Capabilities.Drop[0] != "ALL" {
			t.Errorf("%s is not hardened", container.Name)
		}
		if container.Resources.Limits.Memory().IsZero() {
			t.Errorf("%s has no limit of memory", container.Name)
		}
		for _, e := range container.Env {
			if e.ValueFrom != nil && e.ValueFrom.SecretKeyRef != nil {
				t.Errorf("%s has a secret in its environment: %s", container.Name, e.Name)
			}
		}
	}
}

func checkVolumes(t *testing.T, name string, spec core.PodSpec, secret core.Secret) {
	t.Helper()
	volumes := map[string]bool{"data": name == "redis"} // of the set's claim
	for _, v := range spec.Volumes {
		volumes[v.Name] = true
		if v.Secret == nil {
			continue
		}
		if v.Secret.SecretName != secret.Name {
			t.Errorf("%s mounts the secret %s, which is not there", name, v.Secret.SecretName)
		}
		for _, item := range v.Secret.Items {
			if _, known := secret.StringData[item.Key]; !known {
				t.Errorf("%s mounts %s, which the secret does not have", name, item.Key)
			}
		}
	}
	for _, container := range spec.Containers {
		for _, m := range container.VolumeMounts {
			if !volumes[m.Name] {
				t.Errorf("%s mounts %s, which is no volume", name, m.Name)
			}
		}
	}
}
