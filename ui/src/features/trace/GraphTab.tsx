import { SegmentedControl, Text } from "@mantine/core";
import dagre from "@dagrejs/dagre";
import {
  BaseEdge,
  Background,
  Controls,
  EdgeLabelRenderer,
  getBezierPath,
  Handle,
  MarkerType,
  Position,
  ReactFlow,
  type Edge,
  type EdgeProps,
  type Node,
  type NodeProps,
} from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { useMemo, useState } from "react";
import { useComputedColorScheme } from "@mantine/core";
import { Empty } from "@/design/Async";
import { KindBadge, Tag } from "@/design/Badges";
import { count, duration } from "@/lib/format";
import { graphOf, RULE, type Graph, type GraphEdge, type GraphNode } from "./graph";
import type { Outline } from "./outline";
import css from "./graph.module.css";

const WIDTH = 230;
const HEIGHT = 44;

type Box = Node<{ box: GraphNode }, "box">;

/** The run as a graph: what each agent used, how often and how long it took. */
export default function GraphTab({ outline, onChoose }: { outline: Outline; onChoose: (place: number) => void }) {
  const [isExpanded, setExpanded] = useState(false);
  const scheme = useComputedColorScheme("light");
  const graph = useMemo(() => graphOf(outline, isExpanded), [outline, isExpanded]);
  const drawn = useMemo(() => layout(graph), [graph]);
  if (graph.nodes.length < 2)
    return <Empty title="No graph">This trace has no agents, models, tools or retrievers besides its root.</Empty>;
  return (
    <div className={css.pane}>
      <div className={css.rule}>
        <SegmentedControl
          aria-label="Boxes"
          value={isExpanded ? "expanded" : "aggregated"}
          onChange={(value) => setExpanded(value === "expanded")}
          data={[
            { value: "aggregated", label: "Aggregated" },
            { value: "expanded", label: "Expanded" },
          ]}
        />
        <Text size="xs" c="dimmed" style={{ flex: "1 1 320px" }}>
          {isExpanded ? RULE.expanded : RULE.aggregated} {RULE.edges}
          {graph.hidden > 0 && ` ${count(graph.hidden)} more runs of agents are left out: see the tree.`}
        </Text>
      </div>
      <div className={css.canvas}>
        <ReactFlow
          key={String(isExpanded)}
          nodes={drawn.nodes}
          edges={drawn.edges}
          nodeTypes={BOXES}
          edgeTypes={ARROWS}
          colorMode={scheme}
          fitView
          fitViewOptions={{ maxZoom: 1 }}
          minZoom={0.05}
          nodesDraggable={false}
          nodesConnectable={false}
          onNodeClick={(_, node) => onChoose(node.data.box.place)}
        >
          <Background gap={22} />
          <Controls showInteractive={false} />
        </ReactFlow>
      </div>
      <EdgeTable graph={graph} />
    </div>
  );
}

function BoxView({ data }: NodeProps<Box>) {
  const { box } = data;
  return (
    <div className={css.box} style={{ width: WIDTH, height: HEIGHT }}>
      <Handle type="target" position={Position.Left} className={css.handle} />
      <KindBadge kind={box.kind === "run" ? "workflow" : box.kind} />
      <span className="cut" title={box.label}>
        {box.label}
      </span>
      {box.count > 1 && <Tag>×{count(box.count)}</Tag>}
      {box.errors > 0 && <Tag tone="bad">{count(box.errors)}</Tag>}
      <Handle type="source" position={Position.Right} className={css.handle} />
    </div>
  );
}

const BOXES = { box: BoxView };

type Arrow = Edge<{ edge: GraphEdge }, "arrow">;

/** An arrow with its numbers where it arrives: where it begins all arrows of an agent are one. */
function ArrowView(props: EdgeProps<Arrow>) {
  const { targetX, targetY, data, style, markerEnd } = props;
  const [path] = getBezierPath(props);
  if (!data) return null;
  const { edge } = data;
  const words =
    edge.type === "then"
      ? `then ×${count(edge.count)}`
      : `${count(edge.count)}× · ${duration(edge.p50)}${edge.errors ? ` · ${count(edge.errors)} failed` : ""}`;
  return (
    <>
      <BaseEdge path={path} style={style} markerEnd={markerEnd} />
      <EdgeLabelRenderer>
        <div
          className={`${css.label} num ${edge.errors ? "bad" : ""}`}
          style={{ transform: `translate(-100%, -50%) translate(${targetX - 12}px, ${targetY}px)` }}
        >
          {words}
        </div>
      </EdgeLabelRenderer>
    </>
  );
}

const ARROWS = { arrow: ArrowView };

function layout(graph: Graph): { nodes: Box[]; edges: Arrow[] } {
  const plan = new dagre.graphlib.Graph();
  plan.setGraph({ rankdir: "LR", nodesep: 18, ranksep: 190 });
  plan.setDefaultEdgeLabel(() => ({}));
  for (const node of graph.nodes) plan.setNode(node.id, { width: WIDTH, height: HEIGHT });
  for (const edge of graph.edges) if (edge.type === "calls") plan.setEdge(edge.from, edge.to);
  dagre.layout(plan);
  const nodes = graph.nodes.map<Box>((box) => {
    const at = plan.node(box.id) as { x: number; y: number };
    return {
      id: box.id,
      type: "box",
      position: { x: at.x - WIDTH / 2, y: at.y - HEIGHT / 2 },
      data: { box },
      ariaLabel: `${box.kind} ${box.label}, ${count(box.count)} times, ${count(box.errors)} failed`,
    };
  });
  const edges = graph.edges.map<Arrow>((edge) => ({
    id: edge.id,
    type: "arrow",
    source: edge.from,
    target: edge.to,
    data: { edge },
    style: {
      strokeDasharray: edge.type === "then" ? "5 4" : undefined,
      stroke: edge.errors ? "var(--bad)" : undefined,
    },
    markerEnd: { type: MarkerType.ArrowClosed },
  }));
  return { nodes, edges };
}

/** The same arrows as a table, for people who cannot see them. */
function EdgeTable({ graph }: { graph: Graph }) {
  const names = new Map(graph.nodes.map((node) => [node.id, node.label]));
  return (
    <table className="visually-hidden">
      <caption>Arrows of the graph</caption>
      <thead>
        <tr>
          <th>From</th>
          <th>To</th>
          <th>Type</th>
          <th>Count</th>
          <th>Failed</th>
          <th>Median duration</th>
        </tr>
      </thead>
      <tbody>
        {graph.edges.map((edge) => (
          <tr key={edge.id}>
            <td>{names.get(edge.from)}</td>
            <td>{names.get(edge.to)}</td>
            <td>{edge.type}</td>
            <td>{count(edge.count)}</td>
            <td>{count(edge.errors)}</td>
            <td>{duration(edge.p50)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
