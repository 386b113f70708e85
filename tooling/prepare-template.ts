/**
 * Puts into the template database what every test database shall start with. Nothing yet: tests of `connect` want to see
 * it migrate an empty database.
 */
export async function prepareTemplate(_url: string): Promise<void> {}
