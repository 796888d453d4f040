export default function Mappings() {
  return null;
}
