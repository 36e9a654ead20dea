// Package registration says how an app is registered with Microsoft Entra for a profile: step by step in the portal, and as
// commands of the Azure CLI that can be pasted. Everything follows from Answers; nothing is looked up or called.
//
// The text is true for the cloud it is for: each has a portal and a name in the Azure CLI of its own, and the CLI grants an
// administrator's consent in the global cloud alone. The IDs of permissions are looked up by the commands themselves, in
// the tenant: the same permission has another ID where a cloud is run by somebody else.
package registration
