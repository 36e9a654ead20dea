// Package schema knows the types, properties, operations and paths of Microsoft Graph, as the service itself describes them:
// in its $metadata, a document of the Common Schema Definition Language
// (https://docs.oasis-open.org/odata/odata-csdl-xml/v4.01/odata-csdl-xml-v4.01.html).
//
// A [Model] is one such document, read once and kept in a compact form. A [Store] has the models of several clouds and
// versions: fetched when they are first asked for, kept on disk, renewed in the background.
package schema
