/**
 * A value as it was when it last stood still for so long: what is asked while one types is asked once one stops.
 */
import { useEffect, useState } from 'react';

export function useLater<T>(value: T, ms: number): T {
  const [later, setLater] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setLater(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return later;
}
