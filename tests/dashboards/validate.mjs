// Holds dashboards against dashboard.ts, whose types become a JSON schema: `node validate.mjs FILE...` prints a line for each fault.
import { readFileSync } from 'node:fs';
import Ajv from 'ajv';
import generator from 'ts-json-schema-generator';

const schema = generator.createGenerator({ path: 'dashboard.ts', type: 'Dashboard', expose: 'none' }).createSchema('Dashboard');

// A panel is judged by its own type alone; otherwise each fault would come with all that it lacks to be of another type.
const panel = (schema.definitions?.Dashboard ?? schema).properties.panels.items;
panel.oneOf = panel.anyOf;
delete panel.anyOf;
Object.assign(panel, { type: 'object', required: ['type'], discriminator: { propertyName: 'type' } });

const validate = new Ajv({ allErrors: true, allowUnionTypes: true, discriminator: true }).compile(schema);
for (const file of process.argv.slice(2)) {
  if (validate(JSON.parse(readFileSync(file)))) continue;
  for (const { instancePath, message, params } of validate.errors) console.log(`${file}: ${instancePath} ${message} ${JSON.stringify(params)}`);
}
