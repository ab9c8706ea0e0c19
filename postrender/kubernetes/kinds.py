"""
Where Kubernetes objects keep their pods: only facts, so that adding a kind means adding a row.

A key is (API group, kind); the group of `apiVersion: v1` is "". A path is written as fields with
dots between them: `name[*]` is every item of a list, `*` every value of a mapping, and the empty
path is the object itself. If an object does not have a path, it has no pod there, and nothing is
created.

A kind is in these tables if all of this is true, according to its schema and its controller:

1. The path leads to a complete pod template (`metadata` and a PodSpec), or to a complete PodSpec,
   not to a selection of its fields.
2. Entries added to the lists of the pod arrive as written, in that order. This is not so if a
   controller merges lists by position, or takes the first container for its own if its own may be
   missing.
3. The pod runs in the namespace of the object, so that it can mount a ConfigMap created there.

Rules can name other kinds under `kinds:`. These are left out on purpose:

- Argo Workflow, WorkflowTemplate, ClusterWorkflowTemplate, CronWorkflow; Argo Events Sensor and
  EventSource; Tekton: a container, steps or `podSpecPatch` text, no pod template (1).
- Prometheus, PrometheusAgent, Alertmanager, ThanosRuler: `spec.containers` is laid over what the
  operator makes, and the rest of `spec` is no PodSpec (1).
- CloudNativePG Cluster and Strimzi's kinds: their templates have no containers. KServe
  ServingRuntime, Kruise SidecarSet, actions.summerwind.dev RunnerDeployment: some fields of a
  PodSpec among their own. TrainJob: patches for the pod template of a TrainingRuntime (1).
- FlinkDeployment: its three pod templates are merged by position unless configured otherwise (2).
- SparkApplication, Altinity's ClickHouseInstallation: where no container has the expected name, the
  first one is taken (Spark selectSparkContainer, Altinity StatefulSetContainerGet) (2).
- KServe InferenceService: a predictor's only container is the server whatever its name; with a
  second one it is not (predictor_custom.go, CustomPredictor.Default) (2).
- MongoDBCommunity: containers are sorted by name (pkg/util/merge/merge.go, Containers) (2).
- actions.summerwind.dev RunnerSet: in container mode kubernetes, a runner that is not the first
  container overwrites the one before it (newRunnerPodWithContainerMode) (2).
- ClusterAnalysisTemplate, ClusterTrainingRuntime, Crossplane DeploymentRuntimeConfig: have no
  namespace. Kong GatewayConfiguration, KServe LLMInferenceServiceConfig, `listenerTemplate` of an
  AutoscalingRunnerSet: used from, or run in, another one (3).
- Kueue Workload, ARC EphemeralRunnerSet and the like: written by controllers, not by people.
- Karmada, Flux: no pods in the object.
"""

from __future__ import annotations

# Pod templates. Beside each row or group of rows: upstream repository and file of the type.
WORKLOADS: dict[tuple[str, str], tuple[str, ...]] = {
    # kubernetes/api core/v1/types.go
    ("", "Pod"): ("",),
    ("", "PodTemplate"): ("template",),
    ("", "ReplicationController"): ("spec.template",),
    # actions/actions-runner-controller
    # apis/actions.github.com/v1alpha1/autoscalingrunnerset_types.go
    ("actions.github.com", "AutoscalingRunnerSet"): ("spec.template",),
    # elastic/cloud-on-k8s pkg/apis/agent/v1alpha1/agent_types.go
    ("agent.k8s.elastic.co", "Agent"): (
        "spec.daemonSet.podTemplate",
        "spec.deployment.podTemplate",
        "spec.statefulSet.podTemplate",
    ),
    # kubernetes-sigs/agent-sandbox api/v1beta1/sandbox_types.go
    ("agents.x-k8s.io", "Sandbox"): ("spec.podTemplate",),
    # googleforgames/agones pkg/apis/agones/v1/{fleet,gameserver,gameserverset}.go. With a second
    # container the GameServer's `container` has to name the game's (else the webhook refuses it).
    ("agones.dev", "Fleet"): ("spec.template.spec.template",),
    ("agones.dev", "GameServer"): ("spec.template",),
    ("agones.dev", "GameServerSet"): ("spec.template.spec.template",),
    # elastic/cloud-on-k8s pkg/apis/apm/v1/apmserver_types.go
    ("apm.k8s.elastic.co", "ApmServer"): ("spec.podTemplate",),
    # kubernetes/api apps/v1/types.go
    ("apps", "DaemonSet"): ("spec.template",),
    ("apps", "Deployment"): ("spec.template",),
    ("apps", "ReplicaSet"): ("spec.template",),
    ("apps", "StatefulSet"): ("spec.template",),
    # openkruise/kruise apis/apps/v1beta1/*_types.go; v1alpha1 has the same paths
    ("apps.kruise.io", "AdvancedCronJob"): (
        "spec.template.broadcastJobTemplate.spec.template",
        "spec.template.jobTemplate.spec.template",
    ),
    ("apps.kruise.io", "BroadcastJob"): ("spec.template",),
    ("apps.kruise.io", "CloneSet"): ("spec.template",),
    ("apps.kruise.io", "DaemonSet"): ("spec.template",),
    ("apps.kruise.io", "StatefulSet"): ("spec.template",),
    ("apps.kruise.io", "UnitedDeployment"): (
        "spec.template.advancedStatefulSetTemplate.spec.template",
        "spec.template.cloneSetTemplate.spec.template",
        "spec.template.deploymentTemplate.spec.template",
        "spec.template.statefulSetTemplate.spec.template",
    ),
    # openshift/api apps/v1/types.go
    ("apps.openshift.io", "DeploymentConfig"): ("spec.template",),
    # argoproj/argo-rollouts pkg/apis/rollouts/v1alpha1/{analysis_types,experiment_types,types}.go
    ("argoproj.io", "AnalysisRun"): ("spec.metrics[*].provider.job.spec.template",),
    ("argoproj.io", "AnalysisTemplate"): ("spec.metrics[*].provider.job.spec.template",),
    ("argoproj.io", "Experiment"): ("spec.templates[*].template",),
    ("argoproj.io", "Rollout"): ("spec.template",),  # none with `workloadRef`
    # kubernetes/api batch/v1/types.go
    ("batch", "CronJob"): ("spec.jobTemplate.spec.template",),
    ("batch", "Job"): ("spec.template",),
    # volcano-sh/apis pkg/apis/batch/v1alpha1/job.go
    ("batch.volcano.sh", "CronJob"): ("spec.jobTemplate.spec.tasks[*].template",),
    ("batch.volcano.sh", "Job"): ("spec.tasks[*].template",),
    # elastic/cloud-on-k8s pkg/apis/beat/v1beta1/beat_types.go
    ("beat.k8s.elastic.co", "Beat"): ("spec.daemonSet.podTemplate", "spec.deployment.podTemplate"),
    # k8ssandra/cass-operator apis/cassandra/v1beta1/cassandradatacenter_types.go
    ("cassandra.datastax.com", "CassandraDatacenter"): ("spec.podTemplateSpec",),
    # elastic/cloud-on-k8s pkg/apis/elasticsearch/v1/elasticsearch_types.go
    ("elasticsearch.k8s.elastic.co", "Elasticsearch"): ("spec.nodeSets[*].podTemplate",),
    # elastic/cloud-on-k8s pkg/apis/enterprisesearch/v1/enterprisesearch_types.go
    ("enterprisesearch.k8s.elastic.co", "EnterpriseSearch"): ("spec.podTemplate",),
    # kubernetes/api extensions/v1beta1/types.go: charts from before Kubernetes 1.16
    ("extensions", "DaemonSet"): ("spec.template",),
    ("extensions", "Deployment"): ("spec.template",),
    ("extensions", "ReplicaSet"): ("spec.template",),
    # kubernetes-sigs/agent-sandbox extensions/api/v1beta1/sandboxtemplate_types.go
    ("extensions.agents.x-k8s.io", "SandboxTemplate"): ("spec.podTemplate",),
    # volcano-sh/apis pkg/apis/flow/v1alpha1/jobtemplate_types.go: its spec is that of a Volcano Job
    ("flow.volcano.sh", "JobTemplate"): ("spec.tasks[*].template",),
    # openkruise/kruise-game apis/v1alpha1/gameserverset_types.go
    ("game.kruise.io", "GameServerSet"): ("spec.gameServerTemplate",),
    # Kong/kong-operator api/gateway-operator/v1beta1/{dataplane,shared}_types.go
    ("gateway-operator.konghq.com", "DataPlane"): ("spec.deployment.podTemplateSpec",),
    # grafana/grafana-operator api/v1beta1/typeoverrides.go: without what a PodSpec got since 1.26
    ("grafana.integreatly.org", "Grafana"): ("spec.deployment.spec.template",),
    # kubernetes-sigs/jobset api/jobset/v1alpha2/jobset_types.go
    ("jobset.x-k8s.io", "JobSet"): ("spec.replicatedJobs[*].template.spec.template",),
    # kedacore/keda apis/keda/v1alpha1/scaledjob_types.go: jobTargetRef is a JobSpec
    ("keda.sh", "ScaledJob"): ("spec.jobTargetRef.template",),
    # elastic/cloud-on-k8s pkg/apis/kibana/v1/kibana_types.go
    ("kibana.k8s.elastic.co", "Kibana"): ("spec.podTemplate",),
    # kubeflow/training-operator (release-1.9) pkg/apis/kubeflow.org/v1/*_types.go; MPIJob v2beta1:
    # kubeflow/mpi-operator pkg/apis/kubeflow/v2beta1/types.go; MXJob: up to training-operator v1.7
    ("kubeflow.org", "JAXJob"): ("spec.jaxReplicaSpecs.*.template",),
    ("kubeflow.org", "MPIJob"): ("spec.mpiReplicaSpecs.*.template",),
    ("kubeflow.org", "MXJob"): ("spec.mxReplicaSpecs.*.template",),
    ("kubeflow.org", "PaddleJob"): ("spec.paddleReplicaSpecs.*.template",),
    ("kubeflow.org", "PyTorchJob"): ("spec.pytorchReplicaSpecs.*.template",),
    ("kubeflow.org", "TFJob"): ("spec.tfReplicaSpecs.*.template",),
    ("kubeflow.org", "XGBoostJob"): ("spec.xgbReplicaSpecs.*.template",),
    # kuberhealthy/kuberhealthy pkg/api/kuberhealthycheck_types.go: here `podSpec` is a template
    ("kuberhealthy.github.io", "HealthCheck"): ("spec.podSpec",),
    # kubernetes-sigs/lws api/leaderworkerset/v1/leaderworkerset_types.go
    ("leaderworkerset.x-k8s.io", "LeaderWorkerSet"): (
        "spec.leaderWorkerTemplate.leaderTemplate",
        "spec.leaderWorkerTemplate.workerTemplate",
    ),
    # elastic/cloud-on-k8s pkg/apis/logstash/v1alpha1/logstash_types.go
    ("logstash.k8s.elastic.co", "Logstash"): ("spec.podTemplate",),
    # SeldonIO/seldon-core (v1.17)
    # operator/apis/machinelearning.seldon.io/v1/seldondeployment_types.go
    ("machinelearning.seldon.io", "SeldonDeployment"): ("spec.predictors[*].componentSpecs[*]",),
    # elastic/cloud-on-k8s pkg/apis/maps/v1alpha1/maps_types.go
    ("maps.k8s.elastic.co", "ElasticMapsServer"): ("spec.podTemplate",),
    # elastic/cloud-on-k8s pkg/apis/packageregistry/v1alpha1/epr_types.go
    ("packageregistry.k8s.elastic.co", "PackageRegistry"): ("spec.podTemplate",),
    # cloudnative-pg/cloudnative-pg api/v1/pooler_types.go
    ("postgresql.cnpg.io", "Pooler"): ("spec.template",),
    # rabbitmq/cluster-operator api/v1beta1/rabbitmqcluster_types.go
    ("rabbitmq.com", "RabbitmqCluster"): ("spec.override.statefulSet.spec.template",),
    # ray-project/kuberay ray-operator/apis/ray/v1/*_types.go. The first container is Ray's
    # (RayContainerIndex); the schema asks for one, so what is added after it is a sidecar.
    ("ray.io", "RayCluster"): ("spec.headGroupSpec.template", "spec.workerGroupSpecs[*].template"),
    ("ray.io", "RayCronJob"): (
        "spec.jobTemplate.rayClusterSpec.headGroupSpec.template",
        "spec.jobTemplate.rayClusterSpec.workerGroupSpecs[*].template",
        "spec.jobTemplate.submitterPodTemplate",
    ),
    ("ray.io", "RayJob"): (
        "spec.rayClusterSpec.headGroupSpec.template",
        "spec.rayClusterSpec.workerGroupSpecs[*].template",
        "spec.submitterPodTemplate",
    ),
    ("ray.io", "RayService"): (
        "spec.rayClusterConfig.headGroupSpec.template",
        "spec.rayClusterConfig.workerGroupSpecs[*].template",
    ),
    # knative/serving pkg/apis/serving/v1/{configuration,revision}_types.go. A PodSpec in Go; the
    # schema lacks some fields (`lifecycle`, say), and the API server refuses or drops them.
    ("serving.knative.dev", "Configuration"): ("spec.template",),
    ("serving.knative.dev", "Service"): ("spec.template",),
    # knative/eventing pkg/apis/sinks/v1alpha1/job_sink_types.go: `job` is a whole Job
    ("sinks.knative.dev", "JobSink"): ("spec.job.spec.template",),
    # knative/eventing pkg/apis/sources/v1/container_types.go
    ("sources.knative.dev", "ContainerSource"): ("spec.template",),
    # temporalio/temporal-worker-controller api/v1alpha1/*workerdeployment_types.go
    ("temporal.io", "TemporalWorkerDeployment"): ("spec.template",),
    ("temporal.io", "WorkerDeployment"): ("spec.template",),
    # kubeflow/trainer pkg/apis/trainer/v1alpha1/trainingruntime_types.go: a JobSet's spec
    ("trainer.kubeflow.org", "TrainingRuntime"): (
        "spec.template.spec.replicatedJobs[*].template.spec.template",
    ),
}

# A PodSpec with no template around it: there is no place for labels and annotations of the pod.
POD_SPECS: dict[tuple[str, str], tuple[str, ...]] = {
    # kuberhealthy/kuberhealthy (v2) pkg/apis/khcheck/v1/types.go, pkg/apis/khjob/v1/types.go
    ("comcast.github.io", "KuberhealthyCheck"): ("spec.podSpec",),
    ("comcast.github.io", "KuberhealthyJob"): ("spec.podSpec",),
    # kubeflow/notebooks (notebooks-v1) components/notebook-controller/api/v1/notebook_types.go:
    # `template` holds a spec and nothing else
    ("kubeflow.org", "Notebook"): ("spec.template.spec",),
    # knative/serving pkg/apis/serving/v1/revision_types.go: RevisionSpec has a PodSpec inline
    ("serving.knative.dev", "Revision"): ("spec",),
    # kserve/kserve pkg/apis/serving/v1alpha2/llm_inference_service_types.go
    ("serving.kserve.io", "LLMInferenceService"): (
        "spec.prefill.template",
        "spec.prefill.worker",
        "spec.router.scheduler.template",
        "spec.router.scheduler.tokenizer.template",
        "spec.template",
        "spec.worker",
    ),
}

# The selector by which an object finds its pods: `matchLabels` and `matchExpressions`, or a plain
# mapping of labels (ReplicationController, DeploymentConfig). These two, and what is in extensions
# or apps/v1beta1, select by all labels of the pod template if there is no selector
# (SetDefaults_ReplicationController and its like). Kinds that are not here have none.
SELECTORS: dict[tuple[str, str], str] = {
    ("", "ReplicationController"): "spec.selector",
    ("apps", "DaemonSet"): "spec.selector",
    ("apps", "Deployment"): "spec.selector",
    ("apps", "ReplicaSet"): "spec.selector",
    ("apps", "StatefulSet"): "spec.selector",
    ("apps.kruise.io", "AdvancedCronJob"): "spec.template.jobTemplate.spec.selector",
    ("apps.kruise.io", "CloneSet"): "spec.selector",
    ("apps.kruise.io", "DaemonSet"): "spec.selector",
    ("apps.kruise.io", "StatefulSet"): "spec.selector",
    # Those of the templates inside are overwritten with this one (pkg/controller/uniteddeployment).
    ("apps.kruise.io", "UnitedDeployment"): "spec.selector",
    ("apps.openshift.io", "DeploymentConfig"): "spec.selector",
    ("argoproj.io", "AnalysisRun"): "spec.metrics[*].provider.job.spec.selector",
    ("argoproj.io", "AnalysisTemplate"): "spec.metrics[*].provider.job.spec.selector",
    ("argoproj.io", "Experiment"): "spec.templates[*].selector",
    ("argoproj.io", "Rollout"): "spec.selector",
    # A Job's is Kubernetes' own, except with `manualSelector: true`.
    ("batch", "CronJob"): "spec.jobTemplate.spec.selector",
    ("batch", "Job"): "spec.selector",
    ("extensions", "DaemonSet"): "spec.selector",
    ("extensions", "Deployment"): "spec.selector",
    ("extensions", "ReplicaSet"): "spec.selector",
    ("grafana.integreatly.org", "Grafana"): "spec.deployment.spec.selector",
    ("jobset.x-k8s.io", "JobSet"): "spec.replicatedJobs[*].template.spec.selector",
    ("keda.sh", "ScaledJob"): "spec.jobTargetRef.selector",
    ("rabbitmq.com", "RabbitmqCluster"): "spec.override.statefulSet.spec.selector",
    ("sinks.knative.dev", "JobSink"): "spec.job.spec.selector",
    ("trainer.kubeflow.org", "TrainingRuntime"): (
        "spec.template.spec.replicatedJobs[*].template.spec.selector"
    ),
}

# Lists of claim templates. The `metadata.name` of each is the name of a volume that the pod has
# without naming it among its own.
CLAIM_TEMPLATES: dict[tuple[str, str], str] = {
    ("agent.k8s.elastic.co", "Agent"): "spec.statefulSet.volumeClaimTemplates",
    ("agents.x-k8s.io", "Sandbox"): "spec.volumeClaimTemplates",
    ("apps", "StatefulSet"): "spec.volumeClaimTemplates",
    ("apps.kruise.io", "CloneSet"): "spec.volumeClaimTemplates",
    ("apps.kruise.io", "StatefulSet"): "spec.volumeClaimTemplates",
    ("apps.kruise.io", "UnitedDeployment"): "spec.template.*.spec.volumeClaimTemplates",
    ("elasticsearch.k8s.elastic.co", "Elasticsearch"): "spec.nodeSets[*].volumeClaimTemplates",
    ("extensions.agents.x-k8s.io", "SandboxTemplate"): "spec.volumeClaimTemplates",
    ("game.kruise.io", "GameServerSet"): "spec.gameServerTemplate.volumeClaimTemplates",
    ("jobset.x-k8s.io", "JobSet"): "spec.volumeClaimPolicies[*].templates",
    ("leaderworkerset.x-k8s.io", "LeaderWorkerSet"): (
        "spec.leaderWorkerTemplate.volumeClaimTemplates"
    ),
    ("logstash.k8s.elastic.co", "Logstash"): "spec.volumeClaimTemplates",
    ("rabbitmq.com", "RabbitmqCluster"): "spec.override.statefulSet.spec.volumeClaimTemplates",
    ("trainer.kubeflow.org", "TrainingRuntime"): (
        "spec.template.spec.volumeClaimPolicies[*].templates"
    ),
}

# Kinds whose controller lays the template over one of its own, container by container of the same
# name. Here a container may lack its image, the list of containers may be empty, and a mount may
# name a volume that only the controller knows.
OVERLAYS: frozenset[tuple[str, str]] = frozenset(
    {
        ("agent.k8s.elastic.co", "Agent"),
        ("apm.k8s.elastic.co", "ApmServer"),
        ("beat.k8s.elastic.co", "Beat"),
        ("cassandra.datastax.com", "CassandraDatacenter"),
        ("elasticsearch.k8s.elastic.co", "Elasticsearch"),
        ("enterprisesearch.k8s.elastic.co", "EnterpriseSearch"),
        ("gateway-operator.konghq.com", "DataPlane"),
        ("grafana.integreatly.org", "Grafana"),
        ("kibana.k8s.elastic.co", "Kibana"),
        ("logstash.k8s.elastic.co", "Logstash"),
        ("machinelearning.seldon.io", "SeldonDeployment"),
        ("maps.k8s.elastic.co", "ElasticMapsServer"),
        ("packageregistry.k8s.elastic.co", "PackageRegistry"),
        ("postgresql.cnpg.io", "Pooler"),
        ("rabbitmq.com", "RabbitmqCluster"),
        ("serving.kserve.io", "LLMInferenceService"),
    }
)
