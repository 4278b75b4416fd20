import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseGoConstants, parseGoTypes } from '../../../../../lib/platform/api/codegen/go-types.ts';
import { buildGroupTable } from '../../../../../lib/platform/api/codegen/group-table.ts';

const SOURCE = `package v1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Colour of a thing.
// +enum
type Colour string

const (
	// warm
	Red  Colour = "Red"
	Blue Colour = "Blue"
)

type Amounts map[Colour]resource.Quantity

// A thing.
type Thing struct {
	metav1.TypeMeta \`json:",inline"\`
	// +optional
	metav1.ObjectMeta \`json:"metadata,omitempty" protobuf:"bytes,1,opt,name=metadata"\`

	// Parts of it.
	// +listType=map
	// +listMapKey=name
	Parts []Part \`json:"parts" patchStrategy:"merge" patchMergeKey:"name" protobuf:"bytes,2,rep,name=parts"\`
	Part  \`json:",inline" protobuf:"bytes,3,opt,name=part"\`
	hidden int
}

type Part struct {
	Name   string            \`json:"name" protobuf:"bytes,1,opt,name=name"\`
	Colour *Colour           \`json:"colour,omitempty" protobuf:"bytes,2,opt,name=colour,casttype=Colour"\`
	Sizes  Amounts           \`json:"sizes,omitempty" protobuf:"bytes,3,rep,name=sizes"\`
	// +default=7
	Weight *int32            \`json:"weight,omitempty" protobuf:"varint,4,opt,name=weight"\`
	Notes  map[string][]byte \`json:"notes,omitempty" protobuf:"bytes,5,rep,name=notes"\`
	Secret string            \`json:"-"\`
}
`;

const group = { id: 'test.v1', group: 'test.io', version: 'v1', path: 'k8s.io/api/test/v1', package: 'io.test.v1' };

test('a Go source becomes rows of facts', () => {
  const table = buildGroupTable(group, SOURCE);
  assert.deepEqual(table.aliases, { Colour: ['string', ['Red', 'Blue']], Amounts: ['{}$Quantity'] });
  assert.deepEqual(table.types['Thing'], {
    kind: true,
    fields: [
      ['metadata', '#meta.v1/ObjectMeta', 1, 'o'],
      ['parts', '[]#Part', 2, 'r', { patchMergeKey: 'name', patchStrategy: 'merge', listType: 'map', listMapKeys: ['name'] }],
      ['Part', '#Part', 3, 'i'],
    ],
  });
  assert.deepEqual(table.types['Part']!.fields, [
    ['name', 'string', 1, 'r'],
    ['colour', '@Colour', 2, 'op'],
    ['sizes', '{}$Quantity', 3, 'o'],
    ['weight', 'int32', 4, 'op', { default: 7 }],
    ['notes', '{}bytes', 5, 'o'],
  ]);
});

test('markers belong to what they stand above, and to nothing else', () => {
  const [colour] = parseGoTypes(SOURCE);
  assert.deepEqual(colour!.markers, ['enum']);
  assert.deepEqual(parseGoConstants(SOURCE).get('Colour'), ['Red', 'Blue']);
});

test('a type of an unknown package stops the generator instead of being left out', () => {
  const source = 'type A struct {\n\tB other.Thing `json:"b" protobuf:"bytes,1,opt,name=b"`\n}\n';
  assert.throws(() => buildGroupTable(group, source), /type other\.Thing is of no known package/);
});
