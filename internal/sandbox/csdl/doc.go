// Package csdl writes the $metadata document of the simulated Microsoft Graph: the types, properties, operations and
// roots that the sandbox knows, in the Common Schema Definition Language
// (https://docs.oasis-open.org/odata/odata-csdl-xml/v4.01/odata-csdl-xml-v4.01.html). It is a small part of what Graph has,
// and true as far as it goes: what the sandbox simulates, and what people ask Graph for most.
//
// # The model
//
// The files of model/ describe it, one declaration a line:
//
//	entity user : directoryObject          an entity type and its base; abstract and open may follow
//	  String displayName mail              properties: the type, then names; [String] is a collection
//	  to directoryObject manager           navigation properties
//	  has [message] messages               those that hold what they lead to
//	complex itemBody                       a complex type, likewise
//	enum bodyType text html                an enumeration and its members
//	action assignLicense(user, addLicenses [assignedLicense], removeLicenses [Guid]) user
//	function delta([user]) [user]          operations: what they are bound to, parameters, what comes back
//	set users user                         an entity set
//	one me user                            a singleton
//
// String, Int32 and the like are Edm's types, all others those of the namespace microsoft.graph; security.alert is of
// microsoft.graph.security. An operation that is bound to nothing begins its parentheses with a dash. "beta" in front of a
// line says that v1.0 does not have what it declares. A line that begins with "#" is a comment.
//
// To add to it: write a line into the file of its area. The tests find a type that is named and not declared.
package csdl
