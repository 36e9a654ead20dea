package company

import (
	"fmt"
	"strings"
)

// outsiders are people of other companies: name, mail address, company, job title, city and country.
const outsiders = `Maren Holtkamp|maren.holtkamp@kuestenforschung.example|Küstenforschung gGmbH|Head of Moorings|Büsum|Germany
Íris Sigurðardóttir|iris@hafstofnun.example|Hafstofnun|Professor|Reykjavík|Iceland
Tiago Brandão|tiago.brandao@portoazul.example|Porto Azul|Port Engineer|Salvador|Brazil
Hanneke de Wit|h.dewit@zeemetingen.example|Zeemetingen|Director|Den Helder|Netherlands
김 민준|minjun.kim@donghae-ocean.example|Donghae Ocean|Programme Manager|Busan|South Korea
Aarav Mehta|aarav@titaniumworks.example|TitaniumWorks|Key Account Manager|Bengaluru|India
Renée Okonkwo-Smith|renee@okonkwo-audit.example|Okonkwo Audit|Auditor|Lagos|Nigeria
Pádraig Keane|padraig.keane@quaysidelaw.example|Quayside Law|Partner|Galway|Ireland
Matteo Rossi|matteo.rossi@cavimarini.example|Cavi Marini|Sales Manager|Genova|Italy
Svetlana Petrova|svetlana.petrova@blacksea-lab.example|Black Sea Laboratory|Oceanographer|Varna|Bulgaria
Bo Li|bo.li@bluewater-survey.example|Bluewater Survey|Chief Surveyor|Aberdeen|United Kingdom
Olufemi Adeyemi|olufemi@lagosports.example|Lagos Ports|Harbour Master|Lagos|Nigeria
Amélie Fournier|amelie.fournier@agence-phare.example|Agence Phare|Account Director|Nantes|France
Jón Þórsson|jon@hafstofnun.example|Hafstofnun|Technician|Reykjavík|Iceland
Ngozi Eze|ngozi.eze@lagosports.example|Lagos Ports|Buyer|Lagos|Nigeria
Hēni Parata|heni@moana-data.example|Moana Data|Founder|Wellington|New Zealand
山田 花子|yamada@kowan-service.example|港湾サービス|営業課長|横浜市|Japan
Lars Ørsted Ågesen|laa@nordkabel.example|Nordkabel|Product Manager|Esbjerg|Denmark`

// addContacts gives each desk an address book of outsiders.
func (b *builder) addContacts() {
	lines := strings.Split(outsiders, "\n")
	for i, p := range b.desks {
		throw := dice("contacts " + p.id)
		for j, n := range throw.Perm(len(lines))[:9+i%7] {
			b.Contacts[p.id] = append(b.Contacts[p.id], b.contact(p, lines[n], 30+11*j))
		}
	}
}

func (b *builder) contact(p *person, line string, age int) Entity {
	f := strings.Split(line, "|")
	id := outlookID(p.id, "contact "+f[0], itemBytes)
	given, family, _ := strings.Cut(f[0], " ")
	throw := dice("contact " + f[0])
	at := stamp(b.daysAgo(age, 10, 20))
	e := Entity{
		"@odata.etag": `W/"` + changeKey(id) + `"`, "id": id, "changeKey": changeKey(id), "createdDateTime": at, "lastModifiedDateTime": at, "categories": []any{}, "parentFolderId": outlookID(p.id, "folder contacts", folderBytes),
		"displayName": f[0], "fileAs": family + ", " + given, "givenName": given, "surname": family, "companyName": f[2], "jobTitle": f[3], "birthday": nil,
		"initials": nil, "middleName": nil, "nickName": nil, "title": nil, "yomiGivenName": nil, "yomiSurname": nil, "yomiCompanyName": nil, "generation": nil,
		"department": nil, "officeLocation": nil, "profession": nil, "businessHomePage": nil, "assistantName": nil, "manager": nil, "spouseName": nil, "personalNotes": "", "children": []any{}, "imAddresses": []any{},
		"homePhones": []any{}, "businessPhones": list(fmt.Sprintf("+44 1632 %06d", throw.IntN(1_000_000))), "mobilePhone": nil,
		"emailAddresses": list(Entity{"name": f[0], "address": f[1]}), "homeAddress": Entity{}, "otherAddress": Entity{},
		"businessAddress": Entity{"city": f[4], "countryOrRegion": f[5]},
	}
	if throw.IntN(3) == 0 {
		e["mobilePhone"], e["birthday"] = fmt.Sprintf("+44 7700 900%03d", throw.IntN(1000)), fmt.Sprintf("19%d-%02d-%02dT11:59:00Z", 55+throw.IntN(45), 1+throw.IntN(12), 1+throw.IntN(28))
	}
	return e
}
