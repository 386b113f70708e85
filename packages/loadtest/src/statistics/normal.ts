/** A normally distributed random number of mean 0 and deviation 1, of two uniform ones (Box and Muller 1958). */
export const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
