package company

import (
	"fmt"
	"time"
)

// AddCrowd adds n employees of whom little more is known than a directory lists: seasonal staff of the harbour
// crews, for whoever needs a directory of many pages.
func (c *Company) AddCrowd(n int, now time.Time) {
	hired := stamp(daysBefore(now.UTC(), 40, 8, 0))
	for i := range n {
		local := fmt.Sprintf("crew.%05d", i+1)
		upn := local + "@" + Domain
		c.Users = append(c.Users, Entity{
			"id": guid("user " + upn), "displayName": fmt.Sprintf("Crew %05d", i+1), "givenName": "Crew", "surname": fmt.Sprintf("%05d", i+1),
			"userPrincipalName": upn, "mail": upn, "mailNickname": local, "jobTitle": "Deck Hand", "department": "Field Service",
			"officeLocation": fmt.Sprintf("REC/%d", 1+i%7), "preferredLanguage": "pt-BR", "businessPhones": []any{}, "mobilePhone": nil,
			"accountEnabled": true, "userType": "Member", "createdDateTime": hired,
		})
	}
}
