export interface ListOptions {
  /** How many items are fetched at a time, from 1 to 100. */
  limit?: number;
  signal?: AbortSignal;
}

interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
}

type FetchPage<Item> = (options: {
  query: { limit: number | undefined; cursor: string | undefined };
  signal: AbortSignal | undefined;
}) => Promise<Page<Item>>;

/** Every item of a list. A page is fetched when the one before is used up. */
export async function* itemsOf<Item>(
  fetchPage: FetchPage<Item>,
  { limit, signal }: ListOptions = {},
): AsyncGenerator<Item, void, undefined> {
  let cursor: string | undefined;
  do {
    const page: Page<Item> = await fetchPage({ query: { limit, cursor }, signal });
    yield* page.items;
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
}
