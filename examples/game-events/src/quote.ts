/** The name of a schema as an identifier. */
export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
