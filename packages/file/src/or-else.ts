/** Undoes what came before when the promise rejects. */
export async function orElse<T>(promise: Promise<T>, undo: (error: unknown) => Promise<void>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    await undo(error);
    throw error;
  }
}
