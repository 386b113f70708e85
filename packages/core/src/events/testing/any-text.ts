import fc from 'fast-check';

/** Texts of any code points, halves of surrogate pairs too. (The unit "binary" of fast-check lists all of them first.) */
export const anyText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0x10_ffff }),
      fc.integer({ min: 0, max: 0x7f }),
      fc.integer({ min: 0xd800, max: 0xdfff }),
    ),
    {
      maxLength: 30,
    },
  )
  .map((points) => String.fromCodePoint(...points));
