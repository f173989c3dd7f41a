/** Paths of a document, none of them left out. */
import { Plain } from "../parts/plain";
import { Fact } from "./fact";

export function Paths({ name, list }: { name: string; list: string[] | undefined }) {
  if (!list?.length) return null;
  return (
    <Fact name={name}>
      <ul>
        {list.map((path) => (
          <li key={path}>
            <code class="plain">
              <Plain text={path} />
            </code>
          </li>
        ))}
      </ul>
    </Fact>
  );
}
