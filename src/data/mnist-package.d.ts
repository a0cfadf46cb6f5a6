declare module 'mnist' {
  /** One entry a digit. Of the package's other members none is to be trusted. */
  const digits: readonly {
    /** The images one after the other, 784 numbers from 0 to 1 each. */
    readonly raw: readonly number[];
    /** How many images there are. */
    readonly length: number;
  }[];
  export default digits;
}
