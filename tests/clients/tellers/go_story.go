// Tells the story (tests/clients/story.py) through version 1 of the AWS SDK for Go, which signs with signature
// version 2: go_story URL DOMAIN ITEMS ODD
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/awserr"
	"github.com/aws/aws-sdk-go/aws/credentials"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/simpledb"
)

type item struct {
	Name  string   `json:"name"`
	N     string   `json:"n"`
	Color []string `json:"color"`
}

type chapter struct {
	title string
	told  any
}

type refused struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Status  int    `json:"status"`
}

var (
	sdb    *simpledb.SimpleDB
	domain *string
	seen   []chapter
)

func tell(title string, told any) { seen = append(seen, chapter{title, told}) }

func check(problem error) {
	if problem != nil {
		panic(problem)
	}
}

// must gives what a call answered; its problem ends the story.
func must[T any](answer T, problem error) T {
	check(problem)
	return answer
}

// refusal gives the error that a call was refused with.
func refusal[T any](_ T, problem error) refused {
	failure, ok := problem.(awserr.RequestFailure)
	if !ok {
		panic(fmt.Sprintf("not refused by the server: %v", problem))
	}
	return refused{failure.Code(), failure.Message(), failure.StatusCode()}
}

func pair(name, value string) *simpledb.ReplaceableAttribute {
	return &simpledb.ReplaceableAttribute{Name: aws.String(name), Value: aws.String(value)}
}

func expected(name, value string) *simpledb.UpdateCondition {
	return &simpledb.UpdateCondition{Name: aws.String(name), Value: aws.String(value)}
}

func isListed() bool {
	for _, name := range must(sdb.ListDomains(&simpledb.ListDomainsInput{})).DomainNames {
		if *name == *domain {
			return true
		}
	}
	return false
}

func get(name string, only ...string) map[string][]string {
	found := map[string][]string{}
	input := &simpledb.GetAttributesInput{
		DomainName: domain, ItemName: aws.String(name), ConsistentRead: aws.Bool(true),
	}
	if len(only) > 0 { // an empty list would be sent as AttributeName=
		input.AttributeNames = aws.StringSlice(only)
	}
	for _, attribute := range must(sdb.GetAttributes(input)).Attributes {
		found[*attribute.Name] = append(found[*attribute.Name], *attribute.Value)
	}
	return found
}

func names(items []*simpledb.Item) []string {
	found := []string{}
	for _, one := range items {
		found = append(found, *one.Name)
	}
	return found
}

func selecting(expression string) *simpledb.SelectInput {
	return &simpledb.SelectInput{SelectExpression: aws.String(expression), ConsistentRead: aws.Bool(true)}
}

func count(condition string) int {
	answer := must(sdb.Select(selecting("select count(*) from `" + *domain + "` " + condition)))
	return must(strconv.Atoi(*answer.Items[0].Attributes[0].Value))
}

func put(name string, condition *simpledb.UpdateCondition, attributes ...*simpledb.ReplaceableAttribute) (
	*simpledb.PutAttributesOutput, error) {
	if attributes == nil {
		attributes = []*simpledb.ReplaceableAttribute{}
	}
	return sdb.PutAttributes(&simpledb.PutAttributesInput{
		DomainName: domain, ItemName: aws.String(name), Attributes: attributes, Expected: condition,
	})
}

func remove(name string, condition *simpledb.UpdateCondition, attributes ...*simpledb.DeletableAttribute) (
	*simpledb.DeleteAttributesOutput, error) {
	return sdb.DeleteAttributes(&simpledb.DeleteAttributesInput{
		DomainName: domain, ItemName: aws.String(name), Attributes: attributes, Expected: condition,
	})
}

func batchPut(items []*simpledb.ReplaceableItem) (*simpledb.BatchPutAttributesOutput, error) {
	return sdb.BatchPutAttributes(&simpledb.BatchPutAttributesInput{DomainName: domain, Items: items})
}

func writes(items []item) {
	batch := []*simpledb.ReplaceableItem{}
	for _, one := range items {
		attributes := []*simpledb.ReplaceableAttribute{pair("n", one.N)}
		for _, color := range one.Color {
			attributes = append(attributes, pair("color", color))
		}
		batch = append(batch, &simpledb.ReplaceableItem{Name: aws.String(one.Name), Attributes: attributes})
	}
	must(batchPut(batch))
	figures := must(sdb.DomainMetadata(&simpledb.DomainMetadataInput{DomainName: domain}))
	tell("the metadata after the batch", map[string]int64{
		"items": *figures.ItemCount, "attribute names": *figures.AttributeNameCount,
		"attribute values": *figures.AttributeValueCount,
	})
	tell("an item of the batch", get("item03"))
	tell("one attribute of it", get("item03", "n"))

	change := pair("n", "99")
	change.Replace = aws.Bool(true)
	must(put("item00", expected("n", "00"), change))
	tell("the item after a conditional put", get("item00"))
	tell("a condition that no longer holds", refusal(put("item00", expected("n", "00"), change)))
	absent := &simpledb.UpdateCondition{Name: aws.String("n"), Exists: aws.Bool(false)}
	tell("an attribute expected to be absent", refusal(put("item00", absent, change)))
	tell("a condition on several values", refusal(put("item01", expected("color", "red"), change)))
	tell("a condition on what is not there", refusal(remove("item01", expected("size", "1"))))
}

func reads() {
	input := selecting("select n from `" + *domain + "` where n < '90' order by n limit 10")
	pages := [][]string{}
	for len(pages) == 0 || input.NextToken != nil {
		page := must(sdb.Select(input))
		pages = append(pages, names(page.Items))
		input.NextToken = page.NextToken
	}
	tell("the pages of a select", pages)
	followed := []string{}
	check(sdb.SelectPages(input, func(page *simpledb.SelectOutput, _ bool) bool {
		followed = append(followed, names(page.Items)...)
		return true
	}))
	tell("the select followed by the client", followed)
	tell("a count", count("where color = 'blue'"))
}

func deletes(odd string) {
	must(put(odd, nil, pair(odd, odd)))
	tell("odd text", get(odd))
	must(remove(odd, nil))

	red := &simpledb.DeletableAttribute{Name: aws.String("color"), Value: aws.String("red")}
	must(remove("item03", nil, red))
	tell("the item after one value is deleted", get("item03"))
	must(remove("item03", nil))
	tell("the item after it is deleted", get("item03"))
	must(sdb.BatchDeleteAttributes(&simpledb.BatchDeleteAttributesInput{
		DomainName: domain,
		Items:      []*simpledb.DeletableItem{{Name: aws.String("item04")}, {Name: aws.String("item05")}},
	}))
	tell("the count after a batch delete", count(""))
}

func errors() {
	tell("a domain that does not exist", refusal(
		sdb.DomainMetadata(&simpledb.DomainMetadataInput{DomainName: aws.String(*domain + "-not")})))
	tell("a domain name that is too short", refusal(
		sdb.CreateDomain(&simpledb.CreateDomainInput{DomainName: aws.String("x")})))
	tell("a put without attributes", refusal(put("item00", nil)))
	many := []*simpledb.ReplaceableItem{}
	for number := 0; number < 26; number++ {
		many = append(many, &simpledb.ReplaceableItem{
			Name: aws.String(fmt.Sprintf("item%02d", number)), Attributes: []*simpledb.ReplaceableAttribute{pair("n", "1")},
		})
	}
	tell("a batch of 26 items", refusal(batchPut(many)))
	tell("a select that is none", refusal(sdb.Select(selecting("select everything out of "+*domain))))
	tell("a sort by what no predicate names", refusal(
		sdb.Select(selecting("select * from `"+*domain+"` where n > '0' order by color"))))
	nonsense := selecting("select * from `" + *domain + "`")
	nonsense.NextToken = aws.String("nonsense")
	tell("a token that is none", refusal(sdb.Select(nonsense)))
}

func main() {
	var items []item
	check(json.Unmarshal([]byte(os.Args[3]), &items))
	domain = aws.String(os.Args[2])
	sdb = simpledb.New(session.Must(session.NewSession(&aws.Config{
		Endpoint: aws.String(os.Args[1]), Region: aws.String("us-east-1"), MaxRetries: aws.Int(0),
		Credentials: credentials.NewStaticCredentials("go", "secret", ""),
	})))

	must(sdb.CreateDomain(&simpledb.CreateDomainInput{DomainName: domain}))
	tell("a created domain is listed", isListed())
	writes(items)
	reads()
	deletes(os.Args[4])
	errors()
	must(sdb.DeleteDomain(&simpledb.DeleteDomainInput{DomainName: domain}))
	tell("a deleted domain is listed", isListed())

	// As one object whose keys keep the order of the story, which a Go map does not.
	fmt.Print("{")
	for number, one := range seen {
		if number > 0 {
			fmt.Print(",")
		}
		title, told := must(json.Marshal(one.title)), must(json.Marshal(one.told))
		fmt.Printf("%s:%s", title, told)
	}
	fmt.Println("}")
}
