"""Which GPUs a call ran on: labels as exporters write them, and what calls say of themselves."""

import pytest

from nervure.model.gpu import GpuOrigin, GpuPlace
from nervure.query.gpu_places import Device, Match, Series, machines_of, match

DCGM = {"Hostname": "node-1.dc", "modelName": "NVIDIA H100", "instance": "10.0.0.1:9400"}
VLLM = "vllm:num_requests_running"


def test_gpus_of_a_host_are_told_apart_by_the_pods_that_have_them() -> None:
    # Scraped with target labels: `pod` is the exporter's own, `exported_pod` the one that has the GPU.
    own = {**DCGM, "pod": "dcgm-exporter-x"}
    found = machines_of(
        [
            Series(1, "DCGM_FI_DEV_GPU_UTIL", {**own, "UUID": "GPU-a", "exported_pod": "vllm-0"}),
            Series(2, "DCGM_FI_DEV_GPU_UTIL", {**own, "UUID": "GPU-b", "exported_pod": "vllm-0"}),
            Series(3, "DCGM_FI_DEV_GPU_UTIL", {**own, "UUID": "GPU-c", "exported_pod": "train-0"}),
            Series(4, VLLM, {"pod": "vllm-0", "instance": "10.1.0.7:8000", "model_name": "org/Llama"}),
        ]
    )
    assert [(one.host, one.pod, one.devices, sorted(one.models)) for one in found.places] == [
        ("node-1.dc", "vllm-0", 2, ["org/Llama"]), ("node-1.dc", "train-0", 1, []),
    ]  # fmt: skip
    assert found.places[0].gpu_models == {"NVIDIA H100"}
    assert "10.1.0.7" in found.places[0].names
    assert found.series == {1: (0, 100), 2: (1, 100), 3: (2, 100)}


def test_two_exporters_on_a_host_do_not_double_its_gpus() -> None:
    found = machines_of(
        [
            Series(1, "hw.gpu.utilization", {"host.name": "gpu-1", "hw.id": "0"}),
            Series(2, "hw.gpu.utilization", {"host.name": "gpu-1", "hw.id": "1"}),
            Series(3, "DCGM_FI_DEV_GPU_UTIL", {"Hostname": "gpu-1", "UUID": "GPU-a"}),
            Series(4, "DCGM_FI_DEV_GPU_UTIL", {"Hostname": "gpu-1", "UUID": "GPU-b"}),
            # The same GPU seen by a second scraper.
            Series(5, "DCGM_FI_DEV_GPU_UTIL", {"Hostname": "gpu-1", "UUID": "GPU-b", "replica": "2"}),
        ]
    )
    assert found.devices == [Device(0, "gpu-a", ""), Device(0, "gpu-b", "")]
    assert found.series == {3: (0, 100), 4: (1, 100), 5: (1, 100)}


PLACES = [
    GpuPlace(
        "gpu-a.dc", "vllm-0", models={"org/Llama"}, regions={"eu"}, pods={"vllm-0"}, names={"gpu-a.dc", "10.0.0.1"}
    ),
    GpuPlace("gpu-b.dc", "", models={"org/Llama"}, regions={"us"}, names={"gpu-b.dc"}),
]


def call(
    pod: str = "", host: str = "", address: str = "", model: str = "", region: str = "", vendors: bool = False
) -> GpuOrigin:
    return GpuOrigin(1, pod, (host,) if host else (), address, model, region, vendors, 1)


@pytest.mark.parametrize(
    ("origin", "found"),
    [
        pytest.param(call(address="10.0.0.1:8000"), Match((0,), False), id="the server it called, by address"),
        pytest.param(call(address="http://gpu-b.dc:8000/v1"), Match((1,), False), id="written as an address of the web"),
        pytest.param(call(address="vllm-0.vllm.default.svc"), Match((0,), False), id="a pod's own name in the cluster"),
        pytest.param(call(pod="vllm-0", host="gpu-b.dc"), Match((0,), True), id="its own pod before its host"),
        pytest.param(call(host="GPU-B"), Match((1,), True), id="its own host, in any case and without the domain"),
        pytest.param(call(host="gpu-b.dc", address="localhost"), Match((1,), True), id="a server on its own host"),
        pytest.param(
            call(host="gpu-a.dc", address="api.openai.com", model="gpt-4.1"), Match((), False),
            id="a call to another machine did not run on the caller's",
        ),
        pytest.param(call(address="llm.internal", model="org/llama"), Match((0, 1), False), id="wherever the model is served"),
        pytest.param(call(model="hosted_vllm/org/llama", region="us"), Match((1,), False), id="in its region, with a router's prefix"),
        pytest.param(call(model="org/llama", vendors=True), Match((), False), id="but not when a vendor bills it by the token"),
        pytest.param(call(model="mistral"), Match((), False), id="a model nobody here serves"),
    ],
)  # fmt: skip
def test_a_call_ran_where_the_nearest_thing_it_says_points(origin: GpuOrigin, found: Match) -> None:
    assert match(origin, PLACES) == found
