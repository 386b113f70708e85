/** Whether something is the text of a UUID, of whatever version. */
export const isUuid = (value: unknown): boolean => typeof value === 'string' && UUID.test(value);

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
