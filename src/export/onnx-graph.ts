import { dtypeOf, type Shape, type Tensor } from '../tensor/tensor.ts';
import { bytesField, type Field, floatField, integerField, message } from './protobuf.ts';

/** The operators are those of this version, of 2022. */
export const OPSET = 17;
/** The version of the file format that came with it. */
const IR_VERSION = 8;

/** The numbers that onnx.proto gives to types of tensors and of attributes. */
const FLOAT = 1;
const INT64 = 7;
const ATTRIBUTE = { float: 1, integer: 2, text: 3, integers: 7 } as const;

/** Of an operator: a whole number, several of them, a text, or { float }. */
export type Attribute = number | string | readonly number[] | { readonly float: number };

/** An ONNX graph as it grows, operator by operator. Tensors are known by their names. */
export class OnnxGraph {
  private readonly fields: Field[] = [];
  private readonly used = new Set(['input', 'labels', 'output']);
  /** Whether `labels` are an input. */
  private labels = false;

  /** Whatever is called `name`, or `name_2` where that is taken. */
  private unique(name: string): string {
    let unique = name;
    for (let number = 2; this.used.has(unique); number++) unique = `${name}_${number}`;
    this.used.add(unique);
    return unique;
  }

  /** Adds a parameter or buffer, and returns its name in the graph. */
  constant(name: string, value: Tensor): string {
    if (dtypeOf(value) !== 'float32') throw new TypeError(`toOnnx: ${name} is float64; export a float32 network`);
    const { buffer, byteOffset, byteLength } = value.data;
    return this.initializer(name, value.shape, FLOAT, new Uint8Array(buffer, byteOffset, byteLength));
  }

  /** Adds a list of whole numbers, such as the shape that Reshape takes. */
  integers(name: string, values: readonly number[]): string {
    return this.initializer(name, [values.length], INT64, new Uint8Array(BigInt64Array.from(values, BigInt).buffer));
  }

  /** Adds an operator, and returns the name of its output. */
  node(operator: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    const output = this.unique(operator);
    this.fields.push(
      bytesField(
        1,
        message(
          ...inputs.map((input) => bytesField(1, input)),
          bytesField(2, output),
          bytesField(3, output),
          bytesField(4, operator),
          ...Object.entries(attributes).map(([name, value]) => bytesField(5, attribute(name, value))),
        ),
      ),
    );
    return output;
  }

  /** The name of the input that has the class of each sample. */
  labelsInput(): string {
    this.labels = true;
    return 'labels';
  }

  /** The bytes of an ONNX file whose graph takes `input` [N, …sample], and gives `result`, of so many axes. */
  toBytes(sample: Shape, result: string, rank: number): Uint8Array<ArrayBuffer> {
    this.fields.push(
      bytesField(1, message(...[bytesField(1, result), bytesField(2, 'output'), bytesField(4, 'Identity')])),
    );
    const graph = message(
      ...this.fields,
      bytesField(2, 'handgrad'),
      bytesField(11, valueInfo('input', FLOAT, ['N', ...sample])),
      ...(this.labels ? [bytesField(11, valueInfo('labels', INT64, ['N']))] : []),
      bytesField(12, valueInfo('output', FLOAT, ['N', ...Array<undefined>(rank - 1).fill(undefined)])),
    );
    return message(
      integerField(1, IR_VERSION),
      bytesField(2, 'handgrad'),
      bytesField(7, graph),
      bytesField(8, message(bytesField(1, ''), integerField(2, OPSET))),
    );
  }

  private initializer(name: string, shape: Shape, type: number, values: Uint8Array): string {
    const unique = this.unique(name);
    const dims = shape.map((size) => integerField(1, size));
    const tensor = message(...dims, integerField(2, type), bytesField(8, unique), bytesField(9, values));
    this.fields.push(bytesField(5, tensor));
    return unique;
  }
}

function attribute(name: string, value: Attribute): Uint8Array {
  const named = bytesField(1, name);
  if (typeof value === 'number') return message(named, integerField(3, value), integerField(20, ATTRIBUTE.integer));
  if (typeof value === 'string') return message(named, bytesField(4, value), integerField(20, ATTRIBUTE.text));
  if ('float' in value) return message(named, floatField(2, value.float), integerField(20, ATTRIBUTE.float));
  return message(named, ...value.map((entry) => integerField(8, entry)), integerField(20, ATTRIBUTE.integers));
}

/** Each size is a number, a name for one that varies, or undefined for one that is not told. */
function valueInfo(name: string, type: number, shape: readonly (number | string | undefined)[]): Uint8Array {
  const dims = shape.map((size) => {
    if (size === undefined) return message();
    return message(typeof size === 'number' ? integerField(1, size) : bytesField(2, size));
  });
  const tensorShape = bytesField(2, message(...dims.map((dim) => bytesField(1, dim))));
  const tensorType = bytesField(1, message(integerField(1, type), tensorShape));
  return message(bytesField(1, name), bytesField(2, message(tensorType)));
}
