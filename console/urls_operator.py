"""Pages of the operator's host alone."""

from django.urls import path

from console.views import cells, operations, tenants, wizard

urlpatterns = [
    path("tenants/", tenants.Tenants.as_view(), name="console.tenants"),
    path("tenants/new", wizard.Names.as_view(), name="console.tenant-new"),
    path("tenants/new/owner", wizard.Owner.as_view(), name="console.tenant-new-owner"),
    path("tenants/new/review", wizard.Review.as_view(), name="console.tenant-new-review"),
    path("tenants/<str:tenant_id>", tenants.Tenant.as_view(), name="console.tenant"),
    path("tenants/<str:tenant_id>/name", tenants.TenantName.as_view(), name="console.tenant-rename"),
    path("tenants/<str:tenant_id>/suspension", tenants.TenantSuspension.as_view(), name="console.tenant-suspend"),
    path("tenants/<str:tenant_id>/resumption", tenants.TenantResumption.as_view(), name="console.tenant-resume"),
    path("tenants/<str:tenant_id>/domains/<str:domain_id>/removal", tenants.DomainRemoval.as_view(), name="console.domain-remove"),
    path("operations/", operations.Operations.as_view(), name="console.operations"),
    path("operations/<str:operation_id>", operations.Operation.as_view(), name="console.operation"),
    path("operations/<str:operation_id>/resumption", operations.OperationResumption.as_view(), name="console.operation-resume"),
    path("operations/<str:operation_id>/cancellation", operations.OperationCancellation.as_view(), name="console.operation-cancel"),
    path("cells/", cells.Cells.as_view(), name="console.cells"),
]
